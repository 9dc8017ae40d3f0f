"""Words of software manuals that mean nearly the same: who asks seldom knows the word that the manual has.

English only. A line is a group, none of which stands whole in another; a word may stand in several. They are compared
by their stems and count less than the words of the question themselves.
"""

from functools import cache

from docspasta_mcp.document.search.words import analyser

_GROUPS = """
abort cancel stop interrupt terminate kill end quit exit
accelerate speed fast faster quick quickly performance efficient
accent unicode collation
access permission privilege right grant
account user role login
add append insert create new
address url uri link location
adjust configure configuration customize setting option preference parameter set
allow permit enable grant authorize
alphabetical sort collate order
alter change modify edit update replace overwrite
anonymous nameless unnamed
answer reply response respond
apply execute run perform invoke call launch start
argument parameter option flag switch
array list sequence vector
ask prompt query request
assign set bind
attack security vulnerability
attempt retry try
automatic automatically auto
avoid prevent suppress disable skip
backtrace stack traceback
backup copy dump snapshot save archive
bandwidth rate throughput throttle
begin start initial first
big large huge long
biggest descending
blackhole discard null
blank empty null
blob binary bytes
block wait lock hang
bold emphasize highlight
boolean true false
bracket parenthesis brace
breakpoint debug
broken dead invalid corrupt missing
browser client
build compile make generate
busy active
button widget
cache store keep
character char letter
cheap fast
check validate verify test ensure
choose select pick
clash conflict collision
clean clear purge prune remove delete
click event
clone copy duplicate
close shut end terminate
colleague remote user
collect gather
colour color highlight
column field attribute
combine merge join concatenate unite
comma csv delimiter separator
command line terminal shell console
comment remark note docstring
compare comparison difference diff versus
compress shrink reduce small smaller compact
concurrent concurrently parallel simultaneous simultaneously thread
condition conditional if
connect connection session
contain include hold
contents toc index
convert transform translate cast normalize conversion
cookie session
count number amount
crash fail failure die
crash segfault abort
credential password secret token
current currently present active now
customer tenant user client
cut trim strip truncate remove
cycle circular recursion loop
damage corrupt
data information
date day month year time
debug trace diagnose
default standard preset
defer delay postpone
define declare specify
delete remove drop erase discard
dependency require requirement
depth level nested
describe explain document
destination target
detailed verbose
detect find discover recognize
dialog prompt window
dictionary map hash associative
die fail abort
differ difference distinguish
directory folder path subdirectory subfolder
disable off deactivate suppress
disk storage file
display show print view list output see
divide split partition
document page text
download fetch get retrieve pull clone
drag move
draw render plot diagram graph
driver backend
duplicate repeated repeat same
duplicate unique distinct
each every
edit editor
element item entry member
encode encoding charset
encrypt ssl tls secure
end finish complete last
endless infinite unlimited forever
enlarge grow extend increase raise
environment variable
equal same identical
erase wipe delete
error failure fault problem warning exception
escape quote
event hook signal trigger callback
exchange swap
exclude ignore omit skip except
exist existing present
expensive slow cost
export dump output
expression pattern regex regular
extension plugin module addon
external remote foreign other
file document
fill populate load
find search locate look lookup seek
flush write sync
fold collapse
follow track
footnote note reference
forbid deny refuse reject disallow prevent
forbidden denied permission
format style layout
formula math equation
freeze hang stuck block
fresh new clean
function method routine procedure
garbage collector gc
go move jump
graph diagram chart picture
grid layout
group category
guard protect lock
guess infer estimate
guide tutorial manual introduction
happen occur trigger event
hash digest checksum
header heading title
heading title section
help usage documentation
hidden invisible hide
hijack security attack
history log past previous earlier
hold keep retain
hole vulnerability gap
host server machine computer
hot online live
human readable pretty
identifier id name key
idle inactive timeout keepalive
image picture figure diagram
immediately instantly synchronous
import load include read
improve optimize tune
incomplete partial
index key
inherit inheritance parent
initialize initialise init setup create
inspect examine view show
install setup deploy
interactive prompt
internationalization translate translation language locale localization
interval period
invalid bad illegal wrong
iterate loop repeat
job task process
join connect link combine
key shortcut binding
keyboard input key
laptop machine local
layout template theme
lazy defer delay
letter character case
library package module
limit maximum max restrict bound cap
list enumerate show
listen receive
live running
local own private
log history journal message
login authenticate authentication password
lose lost loss
mail email smtp
main primary
make create build generate
mark tag label
match pattern
maximum max largest limit biggest
mean average aggregate
memory ram buffer
menu navigation sidebar
message text
midnight schedule rotate
minimum min smallest least
missing absent undefined
mistake error wrong typo
monitor watch observe
mouse pointer event
move rename transfer
movie video
name label title
neighbour adjacent
nested inner recursive hierarchical
network remote socket
newest latest recent last
newline line break
nightly schedule cron
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
outdated stale obsolete deprecated
output print write stdout
overwrite replace force
owner user
padding align width
pair tuple
paragraph block text
parse analyze read
password passphrase credential
path directory location
pause wait sleep
permanent persistent
pipe pipeline
place position location
plain simple ordinary normal
polite rate limit
port socket
position offset location
precede before
press key
previous last earlier
print pdf latex paper
priority precedence
process program
program executable command
protect secure guard
proxy forward gateway balancer backend
publish upload push deploy
query search ask
queue buffer
quota limit
quotation quote
random arbitrary
read load get
rebuild reindex regenerate
receive get accept
recent new latest
recover restore undo revert reset
recursive nested tree hierarchy
recycle reuse
reference link pointer
refresh update reload
register add
release version
relevant relevance rank score
remote server upstream
repair fix recover restore
repeat again retry loop
replace substitute change swap
replicate copy mirror
report show
result output return
retry attempt backoff
return exit status code
reuse cache share
reveal show expose disclose
reverse backward undo
reverse descending
revision version commit
root admin administrator superuser
rotate log
rough approximate estimate
round precision
row record line tuple
rule policy
safe secure
sample example snippet
save store write keep stash
scan read
schedule cron timer
schema structure
screen display terminal
script program
second duration time
secret hidden private
secret passphrase password key
section chapter
semantic meaning
send transmit submit pass forward redirect
separate split apart
serial sequential
serve server host
service daemon
share common public
shorten abbreviate
shortest minimal
sibling neighbour neighbor
side parallel
sidebar navigation toc
sign signature
silent quiet
similar like fuzzy
single one
size length large
slow performance
smallest ascending
socket connection
sound audio
space whitespace blank
special
spell spelling
stage index
start begin launch
state status condition
statement query sql
statistics metrics counter stat
stay remain
step stage phase
string text
style css stylesheet theme
subset part
success succeed
sum total aggregate
suppress hide
surround wrap
survive persist durable
switch change toggle
symbol name
synchronize sync
syntax grammar
table relation
tail last end
team group
temporary temp
throw raise
tidy format clean
timeout expire limit
tool utility program
trace log
traffic request network
transaction commit
trap signal handler
trash delete discard
trust verify
type kind
typo misspell correct
umlaut unicode encoding
unexpected error
unknown undefined unset untracked
unpack extract
unused dead
upgrade migrate
utf unicode
valid correct
value content
variable parameter
visitor client user request
wait timeout
walk traverse recursive iterate
weekly schedule cron
whole entire all complete
wide global
width size
wildcard glob pattern
window frame
word term
wrap line width
zero empty
zip compress archive gzip
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
