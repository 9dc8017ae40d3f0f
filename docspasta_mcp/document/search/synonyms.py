"""Words of software manuals that mean nearly the same: who asks seldom knows the word that the manual has.

English only. A line is a group; a word may stand in several. They are compared by their stems and count less than the
words of the question themselves.
"""

from functools import cache

from docspasta_mcp.document.search.words import analyser

_GROUPS = """
abort cancel stop interrupt terminate kill end quit exit
accelerate speed fast faster quick quickly performance efficient
access permission privilege right grant
account user role login
add append insert create new
address url uri link location
adjust configure configuration customize setting option preference parameter set
allow permit enable grant authorize
alter change modify edit update replace overwrite
anonymous nameless unnamed
apply execute run perform invoke call launch start
argument parameter option flag switch
array list sequence vector
ask prompt query request
assign set bind
automatic automatically auto
average mean
avoid prevent suppress disable skip
backup copy dump snapshot save archive
begin start initial first
big large huge long
block wait lock hang
blank empty null
bold emphasize highlight
boolean true false
bracket parenthesis brace
broken dead invalid corrupt missing
browser client
build compile make generate
cache store keep
case letter
character char letter
check validate verify test ensure
choose select pick
clean clear purge prune remove delete
clone copy duplicate
close shut end terminate
collect gather
colour color highlight
column field attribute
combine merge join concatenate unite
command line terminal shell console
comment remark note docstring
compare comparison difference diff versus
compress shrink reduce small smaller compact
concurrent concurrently parallel simultaneous simultaneously thread
condition conditional if
connect connection session
contain include hold
convert transform translate cast normalize conversion
count number amount
crash fail failure die
credential password secret token
current currently present active now
cut trim strip truncate remove
damage corrupt
data information
date day month year time
deactivate disable off
debug trace diagnose
default standard preset
defer delay postpone
define declare specify
delete remove drop erase discard
dependency require requirement
describe explain document
destination target
detect find discover recognize
die fail abort
differ difference distinguish
directory folder path subdirectory subfolder
disable off deactivate suppress
disk storage file
display show print view list output see
distinct unique
divide split partition
document page text
download fetch get retrieve pull clone
driver backend
duplicate repeated repeat same
each every
edit editor
element item entry member
encode encoding charset
encrypt ssl tls secure
end finish complete last
enlarge grow extend increase raise
environment variable
equal same identical
error failure fault problem warning exception
escape quote
event hook signal trigger callback
exclude ignore omit skip except
exist existing present
expire timeout expiration
export dump output
expression pattern regex regular
extension plugin module addon
external remote foreign other
fast speed quick performance
file document
fill populate load
find search locate look lookup seek
flush write sync
fold collapse
follow track
forbid deny refuse reject disallow prevent
format style layout
function method routine procedure
go move jump
graph diagram chart picture
group category
guide tutorial manual introduction
header heading title
help usage documentation
hidden invisible hide
history log past previous earlier
hold keep retain
host server machine computer
identical same equal
identifier id name key
image picture figure diagram
import load include read
improve optimize tune
increase raise grow
index key
inherit inheritance parent
initialize initialise init setup create
inspect examine view show
install setup deploy
internationalization translate translation language locale localization
interval period
invalid bad illegal wrong
iterate loop repeat
job task process
join connect link combine
key shortcut binding
language locale
latest newest recent
launch start run
layout template theme
length size
level depth
library package module
limit maximum max restrict bound cap
line row
list enumerate show
listen receive
live running
load import read
local own private
lock block
log history journal message
login authenticate authentication password
lose lost loss
main primary
make create build generate
mark tag label
match pattern
maximum max largest limit biggest
memory ram buffer
menu navigation sidebar
merge combine
message text
minimum min smallest least
mistake error wrong typo
monitor watch observe
move rename transfer
name label title
nested inner recursive hierarchical
network remote socket
newest latest recent last
newline line break
notify notification notice inform event alert
null nil none empty
number count digit integer
object instance
obsolete deprecated old
old previous former
omit skip leave exclude
open start
operating system os platform
order sort sequence rank
original source
output print write stdout
overwrite replace force
owner user
page document
parallel concurrent
parse analyze read
password passphrase credential
path directory location
pause wait sleep
performance speed fast
permanent persistent
picture image figure
place position location
plain simple ordinary normal
port socket
position offset location
precede before
press key
prevent avoid
previous last earlier
print pdf latex paper
priority precedence
process program
program executable command
protect secure guard
public shared
publish upload push deploy
query search ask
queue buffer
quick fast
quote escape
random arbitrary
read load get
rebuild reindex regenerate
receive get accept
recent new latest
record row
recover restore undo revert reset
recursive nested tree hierarchy
redirect forward send
reference link pointer
refresh update reload
register add
reject refuse deny
release version
relevant relevance rank score
reload refresh
remote server upstream
rename move
repair fix recover restore
repeat again retry loop
replace substitute change swap
replicate copy mirror
report show
reset restore undo revert
restore recover
restrict limit
result output return
retry again repeat
return exit status code
reverse backward undo
revision version commit
round precision
row record line tuple
rule policy
run execute
safe secure
same identical
save store write keep stash
scan read
schedule cron timer
schema structure
script program
search find
second duration time
secret hidden private
section chapter
secure security safe
see view show
select choose
semantic meaning
send transmit submit pass forward redirect
separate split apart
sequence order
serial sequential
serve server host
service daemon
session connection
share shared common
shell terminal
shorten abbreviate
shortest minimal
show display
shrink reduce
side parallel
sign signature
silent quiet
single one
size length large
skip ignore
slow performance
socket connection
sort order
source origin
space whitespace blank
special
split divide
stage index
standard default
start begin launch
state status condition
stay remain
stop end
storage disk
store save
string text
structure schema
style css stylesheet theme
subset part
substitute replace
success succeed
sum total aggregate
suppress hide
surround wrap
switch change toggle
symbol name
synchronize sync
syntax grammar
table relation
tag label
temporary temp
terminal console
text string
thread concurrent
throw raise
time duration
timeout expire limit
title heading
toggle switch
tool utility program
total sum
trace log
track follow
transaction commit
translate language
tree hierarchy
trigger event
trim strip
trust verify
type kind
undo revert
unexpected error
unique distinct
unknown undefined unset untracked
unpack extract
unset undefined
update change
upgrade migrate
upload push
user account
utf unicode
valid correct
value content
variable parameter
version release
view see
wait block
warn warning
watch monitor
whole entire all complete
wide global
width size
wildcard glob pattern
word term
write save
wrong invalid
zero empty
"""


@cache
def synonyms() -> dict[str, frozenset[str]]:
    """Return the stems of words that mean nearly the same, by stem."""
    stem = analyser("en").terms
    found: dict[str, set[str]] = {}
    for line in _GROUPS.split("\n"):
        stems = set(stem(line))
        for one in stems:
            found.setdefault(one, set()).update(stems - {one})
    return {one: frozenset(others) for one, others in found.items()}
