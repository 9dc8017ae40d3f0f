"""The manual of a tool that does not exist, with every feature that breaks extraction somewhere.

Pages are short but not tiny; code holds what converters love to change: blank lines, trailing pipes, backticks, tabs,
angle brackets, diff marks, prompts and Unicode.
"""

from evals.corpus import (
    Block,
    Code,
    Definitions,
    Details,
    Heading,
    Item,
    Listing,
    Manual,
    Math,
    Note,
    Page,
    Quote,
    Section,
    Table,
    Tabs,
    Text,
)


def _page(slug: str, title: str, *blocks: Block) -> Page:
    return Page(slug, title, blocks)


def _bullets(*items: Item | str, ordered: bool = False) -> Listing:
    return Listing(tuple(Item(item) if isinstance(item, str) else item for item in items), ordered)


def _table(head: str, *rows: str) -> Table:
    """Cells are parted by a tab, so that they may hold a pipe."""
    return Table(tuple(head.split("\t")), tuple(tuple(row.split("\t")) for row in rows))


_START = _page(
    "index",
    "Tarn",
    Text("Tarn keeps ordered records in one file and answers range queries without a server process."),
    Text("It is meant for programs that write a little all day and read a lot once in a while."),
    Heading(2, "Why another store"),
    _bullets(
        "Records are **never** rewritten, so a crash loses at most the last batch.",
        "A query names a *range*, and the answer streams in key order.",
        "The file format is described in [File format](reference/format) and has not changed since 2019.",
    ),
    Heading(2, "First look"),
    Code(
        "import tarn\n\nwith tarn.open('events.tarn') as store:\n    store.put(b'k1', b'first')\n\n\n    for key, value in store.range(b'k0', b'k9'):\n        print(key, value)  # keys come sorted",
        "python",
    ),
    Quote("A lake that keeps still keeps everything, as the first commit message of the project has it."),
)

_GUIDE = (
    _page(
        "guide/install",
        "Installing Tarn",
        Text("Every release ships as a wheel, as a crate and as a static binary, all built from one tag."),
        Heading(2, "Requirements"),
        Text("Linux and macOS are supported, Windows works but its file locks are coarser than elsewhere."),
        _table(
            "Platform\tMinimum\tNotes",
            "Linux\tglibc 2.28\tmusl builds are named `tarn-musl`",
            "macOS\t12\tuniversal binary",
            "Windows\t10\tno shared locks",
        ),
        Heading(2, "Installing the package"),
        Tabs(
            (
                ("pip", (Code("pip install tarn", "bash"),)),
                ("Cargo", (Text("Add the crate with its default features:"), Code("cargo add tarn", "bash"))),
                ("Source", (Code("git clone https://example.org/tarn.git\ncd tarn && make install", "bash"),)),
            )
        ),
        Note("note", "", (Text("The wheel brings its own copy of the library, nothing has to be compiled."),)),
        Heading(2, "Checking the result"),
        Text("Ask the command line tool for its version and let it test the disk it will write to."),
        Code("$ tarn --version\ntarn 4.2.0\n$ tarn check /var/lib/tarn\nok: 3 stores, 0 torn records", "console"),
        Heading(3, "When the check fails"),
        Text("A torn record at the very end of a file is harmless; the next writer cuts it off."),
    ),
    _page(
        "guide/first-store",
        "Your first store",
        Text("A store is a file. Opening one that does not exist creates it, with a header of 64 bytes."),
        Heading(2, "Writing"),
        _bullets(
            Item(
                "Open the store for writing:",
                (Code("store = tarn.open('events.tarn', mode='w')", "python"),),
            ),
            Item(
                "Put records in any order, the store sorts them:",
                (
                    Code("store.put(b'b', b'2')\nstore.put(b'a', b'1')", "python"),
                    Text("Keys may be up to 4 KiB long, values up to 2 GiB."),
                ),
            ),
            Item("Close it, or leave the `with` block."),
            ordered=True,
        ),
        Heading(2, "Reading"),
        Text("Reading never blocks a writer. A reader sees the store as it was when it opened it."),
        Code(
            'for key, value in store.range(start=b"a", stop=b"c"):\n\tprint(f"{key!r} -> {value!r}")',
            "python",
        ),
        Note(
            "warning",
            "Do not copy an open store",
            (
                Text("Copying a file that is being written may catch half a batch. Use `tarn backup` instead:"),
                Code("tarn backup events.tarn > events.copy", "bash"),
            ),
        ),
        Heading(2, "Deleting"),
        Text("A deletion is a record as well, so the file grows until `tarn compact` is run."),
    ),
    _page(
        "guide/queries",
        "Queries",
        Text("A query is a range, an optional filter and a limit. There is no query language."),
        Heading(2, "Ranges"),
        Text("Ranges are half open: the start belongs to them, the stop does not.", note="As in slices of a list."),
        Code("from tarn import Range\n\nRange(b'2024-01', b'2024-02')  # January, all of it", "python"),
        Heading(2, "Filters"),
        Definitions(
            (
                ("prefix", "Keeps the keys that begin with these bytes."),
                ("modulo", "Keeps every n-th record, for sampling."),
                ("newer than", "Keeps records whose sequence number is above a mark."),
            )
        ),
        Heading(2, "Combining filters"),
        _bullets(
            Item(
                "Filters of one call are joined with *and*.",
                (_bullets("The cheapest runs first.", Item("The order you wrote them in does not matter.")),),
            ),
            Item(
                "There is no *or*: run two queries and merge them.",
                (_bullets(Item("`tarn.merge` keeps the order.", (_bullets("It takes any number of iterators."),))),),
            ),
        ),
        Heading(2, "What a query costs"),
        Text("With n records in k blocks, finding the start of a range takes"),
        Math("T(n) = \\log_2 k + \\frac{n}{k}"),
        Text("comparisons, and each further record costs one copy."),
    ),
    _page(
        "guide/backup",
        "Backups and restores",
        Text("Backups are taken while the store is in use; restoring needs exclusive access to the target."),
        Heading(2, "Taking a backup"),
        Code(
            '#!/bin/sh\nset -eu\n\nfor store in /var/lib/tarn/*.tarn; do\n    tarn backup "$store" | gzip > "/backup/$(basename "$store").gz"\ndone',
            "bash",
            numbered=True,
        ),
        Heading(2, "Restoring"),
        Text("Give the file a new name first, and look at what it holds before you replace anything."),
        Code("gunzip < /backup/events.tarn.gz > restored.tarn\ntarn check restored.tarn", "bash"),
        Details(
            "Why is there no incremental backup?",
            (
                Text("Since files only grow, tools such as rsync already copy just what is new."),
                Code("rsync --append events.tarn backup:/stores/", "bash"),
            ),
        ),
        Heading(2, "Retention"),
        _table(
            "Keep\tSetting\tDefault",
            "daily\t`retain.daily`\t7",
            "weekly\t`retain.weekly`\t4",
            "either\t`daily | weekly`\tboth",
        ),
    ),
)

_CONCEPTS = (
    _page(
        "concepts/records",
        "Records and batches",
        Text("A record is a key, a value and a sequence number; a batch is what one commit writes."),
        Heading(2, "Sequence numbers"),
        Text("Sequence numbers start at one and never repeat, not even after a restore from an old copy."),
        Heading(2, "Batches"),
        Text("A batch is written with a single call and becomes visible at once or not at all."),
        Code(
            "struct batch_header {\n    uint32_t magic;     /* 0x5441524e */\n    uint32_t length;\n    uint64_t first_seq;\n};\n\nint batch_write(int fd, const struct batch_header *h);",
            "c",
        ),
        Note("tip", "Batch size", (Text("Batches of 64 to 256 records are a good start for most disks."),)),
        Heading(3, "Empty batches"),
        Text("An empty batch is allowed and moves nothing but the clock."),
    ),
    _page(
        "concepts/durability",
        "Durability",
        Text("Tarn promises that what a commit returned for is on the disk, if the disk tells the truth."),
        Heading(2, "Levels"),
        Definitions(
            (
                ("none", "The operating system writes when it likes."),
                ("batch", "One flush for each batch, the default."),
                ("full", "A flush for the data and another one for the directory entry."),
            )
        ),
        Heading(2, "What can go wrong"),
        _bullets(
            "A disk that lies about flushing can lose the last batches.",
            "A full disk makes the commit fail with `ENOSPC`; the store stays readable.",
            Item(
                "A cosmic ray flips a bit:",
                (
                    Text("the checksum of the block tells, and the reader raises an error."),
                    Code("tarn.CorruptBlock: block 17 at offset 0x44000", "text"),
                ),
            ),
        ),
        Heading(2, "The checksum"),
        Text("Blocks carry a CRC over their bytes, taken modulo the usual polynomial:"),
        Math("c(x) = x^{32} m(x) \\bmod g(x)"),
        Note("warning", "", (Text("Network file systems often break this promise, so do not keep stores on them."),)),
    ),
    _page(
        "concepts/compaction",
        "Compaction",
        Text("Compaction writes a new file that holds the newest value of each key and drops the rest."),
        Heading(2, "When it runs"),
        Text("Only when you ask for it. The tool prints what it would save:"),
        Code("$ tarn compact --dry-run events.tarn\nbefore  1.2 GiB\nafter   0.3 GiB  (-75 %)", "console"),
        Heading(2, "Reading the change"),
        Text("The old and the new manifest differ like this:"),
        Code("-blocks: 4812\n+blocks: 1203\n generation: 7\n-dead: 75%\n+dead: 0%", "diff"),
        Heading(2, "Cost model"),
        _table(
            "Dead share\tRead\tWritten\tWorth it",
            "10 %\tall\t90 %\tno",
            "50 %\tall\t50 %\tperhaps",
            "90 %\tall\t10 %\t**yes**",
        ),
        Quote("Compact when the dead share is above one half, and never during business hours."),
    ),
    _page(
        "concepts/unicode",
        "Schlüssel, ключи and キー",
        Text("Keys are bytes, but people write text. Tarn leaves normalisation to you, so café and café may differ."),
        Heading(2, "Sorting"),
        Text("Bytes of UTF-8 sort like code points: Ä comes after z, and 東京 after Ω."),
        Code("Überschrift = 'naïve'\nprint(sorted(['z', 'Ä', '東京', 'Ω']))  # → z, Ä, Ω, 東京", "python"),
        Heading(2, "Signs that need care"),
        _table(
            "Sign\tCode point\tUTF-8",
            "é\t`U+00E9`\t`C3 A9`",
            "€\t`U+20AC`\t`E2 82 AC`",
            "𝄞\t`U+1D11E`\t`F0 9D 84 9E`",
        ),
    ),
)

_REFERENCE = (
    _page(
        "reference/cli",
        "Command line",
        Text("All commands take the path of a store as their last argument and return 0 when all went well."),
        Heading(2, "tarn put"),
        Text("Writes one record. The value is read from standard input when it is not given."),
        Code("tarn put [--sync LEVEL] KEY [VALUE] STORE", "text"),
        Heading(2, "tarn range"),
        Text("Prints the records of a range, one a line."),
        Code("tarn range --start a --stop c --format '{key}\\t{value}' events.tarn | head -n 3", "bash"),
        Heading(2, "Exit codes"),
        _table(
            "Code\tMeaning\tExample",
            "0\tall went well\t`tarn check good.tarn`",
            "1\tthe store is damaged\t`tarn check torn.tarn`",
            "2\twrong usage\t`tarn put`",
            "3\tno such store\t`tarn range missing.tarn`",
        ),
        Heading(2, "Environment"),
        Definitions(
            (
                ("`TARN_CACHE`", "Number of blocks kept in memory, 256 by default."),
                ("`TARN_LOG`", "One of `error`, `info` and `debug`."),
            )
        ),
    ),
    _page(
        "reference/configuration",
        "Configuration file",
        Text("Settings are read from `tarn.toml` beside the store; unknown names are an error."),
        Code(
            '[store]\npath = "events.tarn"\nsync = "batch"  # none, batch or full\n\n[cache]\nblocks = 256\n\n[[mirror]]\nhost = "b.example.org"',
            "toml",
            numbered=True,
        ),
        Heading(2, "The same in other formats"),
        Tabs(
            (
                ("JSON", (Code('{\n  "store": {"path": "events.tarn"},\n  "cache": {"blocks": 256}\n}', "json"),)),
                ("YAML", (Code("store:\n  path: events.tarn\ncache:\n  blocks: 256", "yaml"),)),
            )
        ),
        Heading(2, "All settings"),
        _table(
            "Name\tType\tDefault\tMeaning",
            "`store.path`\tpath\t\twhere the file is",
            "`store.sync`\ttext\t`batch`\t`none | batch | full`",
            "`cache.blocks`\tnumber\t256\tblocks kept in memory",
            "`mirror.host`\ttext\t\twho gets a copy",
        ),
        Note(
            "note",
            "Precedence",
            (
                Text("Later sources win over earlier ones:"),
                _bullets("defaults,", "the file,", "the environment,", "arguments.", ordered=True),
            ),
        ),
    ),
    _page(
        "reference/format",
        "File format",
        Text("A file is a header, any number of blocks, and nothing else. All numbers are little endian."),
        Heading(2, "Header"),
        _table(
            "Offset\tSize\tField",
            "0\t4\tmagic `TARN`",
            "4\t2\tversion",
            "6\t2\tflags, see below",
            "8\t56\treserved, all zero",
        ),
        Heading(3, "Flags"),
        Text("Bit 0 says that values are compressed, bit 1 that keys are, all others must be zero."),
        Heading(2, "Blocks"),
        Code(
            "block   = length crc records\nlength  = u32            ; bytes that follow\nrecords = *record\nrecord  = klen vlen key value",
            "text",
        ),
        Heading(3, "Padding"),
        Text("Blocks are not padded. A reader must not expect them to start at a page of memory."),
        Heading(2, "A parser in twelve lines"),
        Code(
            "pub fn blocks(bytes: &[u8]) -> impl Iterator<Item = &[u8]> + '_ {\n    let mut rest = &bytes[64..];\n    std::iter::from_fn(move || {\n        if rest.len() < 8 {\n            return None;\n        }\n        let n = u32::from_le_bytes(rest[..4].try_into().ok()?) as usize;\n        let (block, tail) = rest.split_at(8 + n);\n        rest = tail;\n        Some(&block[8..])\n    })\n}",
            "rust",
        ),
    ),
    _page(
        "reference/javascript",
        "JavaScript binding",
        Text("The binding is generated, so names follow the Python ones, written the JavaScript way."),
        Heading(2, "Opening a store"),
        Code(
            "import { open } from 'tarn'\n\nconst store = await open('events.tarn')\nfor await (const { key, value } of store.range('a', 'c')) {\n  console.log(`${key} => ${value}`)\n}",
            "javascript",
        ),
        Heading(2, "In a component"),
        Code(
            '<template>\n  <ul class="records">\n    <li v-for="r in records" :key="r.key">{{ r.value }} &amp; more</li>\n  </ul>\n</template>',
            "html",
        ),
        Heading(2, "Types"),
        Code(
            "export interface Record<V = Uint8Array> {\n  readonly key: string;\n  readonly value: V | null;\n}",
            "typescript",
        ),
        Heading(2, "Markdown in a value"),
        Text("Values may hold anything, even Markdown with fences of its own:"),
        Code("# Title\n\n```python\nprint('inner')\n```\n\n| a | b |\n|---|---|", "markdown"),
    ),
)

_OPERATIONS = (
    _page(
        "operations/monitoring",
        "Monitoring",
        Text("A store exports four numbers; alert on two of them and draw the others."),
        Heading(2, "Metrics"),
        _table(
            "Metric\tKind\tAlert when",
            "`tarn_commits_total`\tcounter\tnever",
            "`tarn_commit_seconds`\thistogram\tp99 above 0.5",
            "`tarn_dead_ratio`\tgauge\tabove 0.8",
            "`tarn_cache_hits`\tcounter\tnever",
        ),
        Heading(2, "A rule to start with"),
        Code(
            'groups:\n  - name: tarn\n    rules:\n      - alert: TarnSlow\n        expr: histogram_quantile(0.99, rate(tarn_commit_seconds_bucket[5m])) > 0.5\n        for: 10m\n        labels: {severity: "page"}',
            "yaml",
        ),
        Note("tip", "", (Text("Draw the cache hits beside the commits, and most puzzles solve themselves."),)),
    ),
    _page(
        "operations/upgrading",
        "Upgrading",
        Text("Any version reads what an older one wrote. Going back is possible within one major version."),
        Heading(2, "From 3 to 4"),
        _bullets(
            "Stop all writers.",
            Item("Take a backup and check it:", (Code("tarn backup s.tarn > s.bak && tarn check s.bak", "bash"),)),
            Item("Rename the setting:", (Code('-flush = true\n+sync = "full"', "diff"),)),
            "Start the writers again.",
            ordered=True,
        ),
        Heading(2, "Removed names"),
        Definitions((("`Store.scan`", "Use `Store.range` without arguments."), ("`flush`", "Use `sync`."))),
        Heading(2, "Questions people ask"),
        Details("Can both versions read at once?", (Text("Yes, as long as the writer is the older one."),)),
        Details("How long does it take?", (Text("As long as reading the file once; nothing is rewritten."),)),
    ),
    _page(
        "operations/troubleshooting",
        "Troubleshooting",
        Text("Start with the log, then with the disk, and only then with Tarn itself."),
        Heading(2, "The store is locked"),
        Text("Another process holds the lock. Find it with the usual tools:"),
        Code("lsof +D /var/lib/tarn | awk 'NR>1 {print $2}' | sort -u", "bash"),
        Heading(2, "Commits are slow"),
        Text("See whether the flush is slow or the lock is waited for; the trace names both."),
        Code(
            'Traceback (most recent call last):\n  File "app.py", line 7, in <module>\n    store.commit()\ntarn.Timeout: lock held by pid 4711 for 12 s',
            "text",
        ),
        Heading(2, "Asking for help"),
        Text("Send the output of `tarn check -v` and say which file system the store is on."),
    ),
)

MANUAL = Manual(
    title="Tarn Handbook",
    footer="Published by the Tarn maintainers under the Lakeside licence",
    start=_START,
    sections=(
        Section("User guide", _GUIDE),
        Section("Concepts", _CONCEPTS),
        Section("Reference", _REFERENCE),
        Section("Operations", _OPERATIONS),
    ),
)
