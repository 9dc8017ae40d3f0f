"""An API as facts, documented by the languages' own tools: Javadoc, rustdoc and Doxygen.

The doc comments, signatures and examples are the truth. What the tools add of their own (summaries that repeat first
sentences, inherited methods, blanket implementations) is optional: a reader may get it, but need not.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from evals.builders import FURNITURE, fresh
from evals.tools import run
from evals.truth import PageTruth, SiteTruth


@dataclass(frozen=True, slots=True)
class Argument:
    """A parameter: its type is a key of the writers' type tables."""

    name: str
    type: str
    text: str


@dataclass(frozen=True, slots=True)
class Method:
    """A method of a type; paragraphs first, then an example, if any."""

    name: str
    arguments: tuple[Argument, ...]
    returns: str
    returned: str
    paragraphs: tuple[str, ...]
    java: str = ""
    rust: str = ""


@dataclass(frozen=True, slots=True)
class Type:
    """A class or struct."""

    name: str
    paragraphs: tuple[str, ...]
    points: tuple[str, ...]
    methods: tuple[Method, ...]


_KEY = Argument("key", "text", "the key, at most 4 KiB of UTF-8")
_TYPES = (
    Type(
        "Store",
        (
            "An ordered store of records in one file. Readers never block the writer.",
            "Open it once and share it, since every opened store keeps a cache of its own.",
        ),
        ("at most one writer", "any number of readers", "no server process"),
        (
            Method(
                "fetch",
                (_KEY, Argument("limit", "number", "how many bytes to return at most")),
                "bytes",
                "the newest value of the key, cut at the limit",
                ("Looks a single key up. The cost is one binary search over the block index.",),
                'Store store = Store.open("events.tarn");\nbyte[] value = store.fetch("k1", 64);\n\n'
                'if (value.length < 64 && value != null) {\n    System.out.println("short");\n}',
                'let store = tarn::Store::new("events.tarn");\nlet value = store.fetch("k1", 64);\n\n'
                "assert!(value.len() < 64);",
            ),
            Method(
                "erase",
                (_KEY,),
                "flag",
                "whether there was anything to erase",
                ("Writes a tombstone for the key.", "The file shrinks only when it is compacted afterwards."),
            ),
        ),
    ),
    Type(
        "Cursor",
        ("A place in a range. It stays valid while others write, and sees the store as it was at its birth.",),
        ("cheap to clone", "bound to the thread that made it"),
        (
            Method(
                "advance",
                (Argument("steps", "number", "how many records to pass over"),),
                "flag",
                "false when the end was reached before",
                ("Moves forward without reading values. Passing zero steps does nothing and returns true.",),
                "while (cursor.advance(1)) {\n\tcount++;   // tabs stay tabs\n}".expandtabs(4),
                "while cursor.advance(1) {\n    count += 1;\n}",
            ),
            Method(
                "rewind",
                (),
                "nothing",
                "",
                ("Returns to the start of the range.", "The next read is as costly as the first one was."),
            ),
        ),
    ),
    Type(
        "Compactor",
        ("Rewrites a store so that only living records stay. It needs free space for a second copy.",),
        ("may be interrupted", "never touches the old file"),
        (
            Method(
                "estimate",
                (Argument("path", "text", "the file to look at"),),
                "number",
                "the bytes that compaction would free",
                ("Reads the block headers only, which takes milliseconds even for large files.",),
                'int freed = new Compactor().estimate("events.tarn");',
                'let freed = Compactor::default().estimate("events.tarn");',
            ),
        ),
    ),
)

_JAVA = {"text": "String", "number": "int", "bytes": "byte[]", "flag": "boolean", "nothing": "void"}
_JAVA_VALUES = {"number": "return 0;", "bytes": "return null;", "flag": "return false;", "nothing": ""}
_JAVA_ADDED = (
    "Package org.tarn Class java.lang.Object org.tarn. public class extends Object Constructor Summary Constructors "
    "Constructor Description Method Summary All Methods Instance Methods Concrete Methods Modifier and Type Method "
    "Description Methods inherited from class java.lang.Object clone equals finalize getClass hashCode notify "
    "notifyAll toString wait wait wait Constructor Details Method Details public"
)
_CPP = {
    "text": "const std::string &", "number": "std::size_t ", "bytes": "std::vector<char> ", "flag": "bool ",
    "nothing": "void ",
}  # fmt: skip
_CPP_ADDED = """
#include <tarn.h> Public Member Functions More... Detailed Description Member Function Documentation inline
The documentation for this class was generated from the following file: tarn.h source/tarn.h
"""
_RUST = {"text": "&str", "number": "usize", "bytes": "Vec<u8>", "flag": "bool", "nothing": "()"}
_RUST_ADDED = """
Struct Implementations Source Expand description Auto Trait Implementations Blanket Implementations
Trait Implementations Returns the “default value” for a type. Read more Gets the TypeId of self. Read more
Immutably borrows from an owned value. Read more Mutably borrows from an owned value. Read more
Returns the argument unchanged. Calls U::from(self). That is, this conversion is whatever the implementation of From<T>
for U chooses to do. The type returned in the event of a conversion error. Performs the conversion.
The type returned in the event of a conversion error. Performs the conversion.
"""
_RUST_IMPLS = """
impl Default for X
fn default() -> X
impl Freeze for X
impl RefUnwindSafe for X
impl Send for X
impl Sync for X
impl Unpin for X
impl UnsafeUnpin for X
impl UnwindSafe for X
impl<T> Any for T where T: 'static + ?Sized,
fn type_id(&self) -> TypeId
impl<T> Borrow<T> for T where T: ?Sized,
fn borrow(&self) -> &T
impl<T> BorrowMut<T> for T where T: ?Sized,
fn borrow_mut(&mut self) -> &mut T
impl<T> From<T> for T
fn from(t: T) -> T
impl<T, U> Into<U> for T where U: From<T>,
fn into(self) -> U
impl<T, U> TryFrom<U> for T where U: Into<T>,
type Error = Infallible
fn try_from(value: U) -> Result<T, <T as TryFrom<U>>::Error>
impl<T, U> TryInto<U> for T where U: TryFrom<T>,
type Error = <U as TryFrom<T>>::Error
fn try_into(self) -> Result<U, <U as TryFrom<T>>::Error>
"""  # what rustdoc 1.95 lists for every struct


def javadoc(_work: Path, site: Path) -> SiteTruth:
    """Document the API with the JDK's javadoc."""
    source, html = fresh(site / "source"), fresh(site / "html")
    package = source / "org/tarn"
    package.mkdir(parents=True)
    for item in _TYPES:
        (package / f"{item.name}.java").write_text(_java_class(item))
    files = sorted(package.glob("*.java"))
    run(["javadoc", "-quiet", "-Xdoclint:none", "-windowtitle", "Tarn API", "-d", html, *files], cwd=site)
    return _truth(site, "Javadoc", [_java_truth(item) for item in _TYPES], html)


def rustdoc(_work: Path, site: Path) -> SiteTruth:
    """Document the API with rustdoc."""
    source, html = fresh(site / "source"), fresh(site / "html")
    (source / "lib.rs").write_text(
        "//! Ordered records in one file.\n\n" + "\n".join(_rust_struct(item) for item in _TYPES)
    )
    run(["rustdoc", "--crate-name", "tarn", "--edition", "2021", "-o", html, source / "lib.rs"], cwd=site)
    return _truth(site, "rustdoc", [_rust_truth(item) for item in _TYPES], html)


def doxygen(_work: Path, site: Path) -> SiteTruth:
    """Document the API with Doxygen."""
    source, html = fresh(site / "source"), site / "html"
    classes = "\n".join(_cpp_class(item) for item in _TYPES)
    (source / "tarn.h").write_text(f"#include <string>\n#include <vector>\n\nnamespace tarn {{\n{classes}\n}}\n")
    (site / "Doxyfile").write_text(
        'PROJECT_NAME = "Tarn API"\nINPUT = source\nHTML_OUTPUT = html\nGENERATE_LATEX = NO\nQUIET = YES\n'
        "JAVADOC_AUTOBRIEF = YES\nHAVE_DOT = NO\nGENERATE_TREEVIEW = YES\nWARNINGS = NO\n"
    )
    run(["doxygen"], cwd=site)
    return _truth(site, "Doxygen", [_cpp_truth(item) for item in _TYPES], html)


def _truth(site: Path, generator: str, pages: list[PageTruth], html: Path) -> SiteTruth:
    names = ["Tarn API", *(page.title for page in pages), *FURNITURE]
    return SiteTruth(site.name, generator, str(html), pages, names, is_crawled=False)


def _common_truth(item: Type, path: str, title: str) -> PageTruth:
    truth = PageTruth(path, path, title, text=[title, *item.paragraphs, *item.points], headings=[title])
    for method in item.methods:
        truth.text += [*method.paragraphs, *(f"{argument.name} {argument.text}" for argument in method.arguments)]
        truth.text += [method.returned] if method.returned else []
    return truth


def _first_sentence(paragraph: str) -> str:
    return re.split(r"(?<=\.)\s", paragraph)[0]


def _java_class(item: Type) -> str:
    points = "".join(f"<li>{point}</li>\n" for point in item.points)
    body = "\n".join(_java_method(method) for method in item.methods)
    text = "\n<p>".join(item.paragraphs)
    return f"package org.tarn;\n\n/**\n{text}\n<ul>\n{points}</ul>\n*/\npublic class {item.name} {{\n{body}\n}}\n"


def _java_method(method: Method) -> str:
    example = f"\n<pre>{{@code\n{method.java}\n}}</pre>" if method.java else ""
    tags = "".join(f"\n@param {argument.name} {argument.text}" for argument in method.arguments)
    tags += f"\n@return {method.returned}" if method.returned else ""
    text = "\n<p>".join(method.paragraphs)
    return f"/**\n{text}{example}\n{tags}\n*/\n{_java_signature(method)} {{ {_JAVA_VALUES[method.returns]} }}\n"


def _java_signature(method: Method) -> str:
    arguments = ", ".join(f"{_JAVA[argument.type]} {argument.name}" for argument in method.arguments)
    return f"public {_JAVA[method.returns]} {method.name}({arguments})"


def _java_truth(item: Type) -> PageTruth:
    truth = _common_truth(item, f"org/tarn/{item.name}.html", f"Class {item.name}")
    truth.optional += [_JAVA_ADDED, *[item.name] * 5]
    truth.optional_headings += [
        "Constructor Summary",
        "Method Summary",
        "Constructor Details",
        "Method Details",
        item.name,
    ]
    truth.optional.append("Object")  # a signature's links stand under it once more: code holds none
    truth.optional_headings += ["Methods inherited from class java.lang.Object"]
    for method in item.methods:
        truth.headings.append(method.name)
        truth.text += [method.name, _java_signature(method)]
        truth.optional += [_java_signature(method), _first_sentence(method.paragraphs[0]), "Parameters Returns"]
        truth.optional += [_JAVA[argument.type] for argument in method.arguments]
        truth.optional.append(_JAVA[method.returns])
        if method.java:
            truth.text.append(method.java)
            truth.codes.append((method.java, ""))
    return truth


def _rust_struct(item: Type) -> str:
    text = "\n///\n".join(f"/// {paragraph}" for paragraph in item.paragraphs)
    points = "\n".join(f"/// - {point}" for point in item.points)
    methods = "\n".join(_rust_method(method) for method in item.methods)
    return (
        f"{text}\n///\n{points}\n#[derive(Default)]\npub struct {item.name} {{ _path: String }}\n\n"
        f"impl {item.name} {{\n{methods}\n}}\n"
    )


def _rust_method(method: Method) -> str:
    lines = "\n\n".join(method.paragraphs).split("\n")
    if method.arguments:
        lines += ["", "# Arguments", "", *(f"* `{a.name}` - {a.text}" for a in method.arguments)]
    if method.returned:
        lines += ["", "# Returns", "", method.returned]
    if method.rust:
        lines += ["", "```", *method.rust.split("\n"), "```"]
    comment = "\n".join(f"/// {line}".rstrip() for line in lines)
    return f"{comment}\n{_rust_signature(method)} {{ todo!() }}"


def _rust_signature(method: Method) -> str:
    arguments = "".join(f", {argument.name}: {_RUST[argument.type]}" for argument in method.arguments)
    returned = "" if method.returns == "nothing" else f" -> {_RUST[method.returns]}"
    return f"pub fn {method.name}(&self{arguments}){returned}"


def _rust_truth(item: Type) -> PageTruth:
    truth = _common_truth(item, f"tarn/struct.{item.name}.html", f"Struct {item.name}")
    implementations = _RUST_IMPLS.replace("X", item.name)
    truth.optional += [_RUST_ADDED, implementations, f"pub struct {item.name} {{ /* private fields */ }}"]
    truth.optional.append(f"impl {item.name}")
    truth.optional_headings += ["Trait Implementations", "Auto Trait Implementations", "Blanket Implementations"]
    truth.optional_headings += [f"impl {item.name}", *implementations.strip().split("\n")]
    for method in item.methods:
        truth.text.append(_rust_signature(method))
        own = [*(["Arguments"] if method.arguments else []), *(["Returns"] if method.returned else [])]
        truth.text += own
        truth.headings += own
        truth.optional_headings.append(_rust_signature(method))
        if method.rust:
            truth.text.append(method.rust)
            truth.codes.append((method.rust, "rust"))
    return truth


def _cpp_class(item: Type) -> str:
    text = "\n\n".join([*item.paragraphs, "\n".join(f"- {point}" for point in item.points)])
    body = "\n".join(_cpp_method(method) for method in item.methods)
    return f"/**\n{text}\n*/\nclass {item.name} {{\npublic:\n{body}\n}};\n"


def _cpp_method(method: Method) -> str:
    example = f"\n@code{{.java}}\n{method.java}\n@endcode\n" if method.java else ""
    tags = "".join(f"\n@param {argument.name} {argument.text}" for argument in method.arguments)
    tags += f"\n@return {method.returned}" if method.returned else ""
    text = "\n\n".join(method.paragraphs)
    return f"/**\n{text}\n{example}{tags}\n*/\n{_cpp_signature(method, '')};\n"


def _cpp_signature(method: Method, scope: str) -> str:
    arguments = ", ".join(f"{_CPP[argument.type]}{argument.name}" for argument in method.arguments)
    return f"{_CPP[method.returns]}{scope}{method.name}({arguments})"


def _cpp_truth(item: Type) -> PageTruth:
    path = f"classtarn_1_1{item.name}.html"
    truth = _common_truth(item, path, f"tarn::{item.name} Class Reference")
    truth.optional += [_CPP_ADDED, f"class tarn::{item.name}", _first_sentence(item.paragraphs[0])]
    truth.optional_headings += ["Public Member Functions", "Detailed Description", "Member Function Documentation"]
    for method in item.methods:
        signature = _cpp_signature(method, f"tarn::{item.name}::")
        truth.headings.append(f"{method.name}()")
        truth.text += [method.name, signature]
        truth.optional += [_cpp_signature(method, ""), _first_sentence(method.paragraphs[0]), "Parameters Returns More"]
        truth.optional_headings += [signature, "Parameters", "Returns"]
        truth.cells += [cell for argument in method.arguments for cell in (argument.name, argument.text)]
        if method.java:
            truth.text.append(method.java)
            truth.codes.append((method.java, ""))
    return truth


API_BUILDERS = {"javadoc": javadoc, "rustdoc": rustdoc, "doxygen": doxygen}
