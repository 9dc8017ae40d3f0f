"""Write small PDFs by hand: text in Helvetica, Courier and bold Times, rules, an outline, a lock."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Leaf:
    """A page of a PDF that is being written."""

    parts: list[str] = field(default_factory=list[str])

    def text(self, x: float, y: float, size: float, text: str, font: str = "F1") -> "Leaf":
        safe = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
        self.parts.append(f"BT /{font} {size} Tf {x} {y} Td ({safe}) Tj ET")
        return self

    def grid(self, xs: Sequence[float], ys: Sequence[float]) -> "Leaf":
        self.parts += [f"{xs[0]} {y} m {xs[-1]} {y} l S" for y in ys]
        self.parts += [f"{x} {ys[0]} m {x} {ys[-1]} l S" for x in xs]
        return self


def pdf(
    leaves: Sequence[Leaf],
    *,
    outline: Sequence[tuple[str, int] | tuple[str, int, int]] = (),
    is_locked: bool = False,
    title: str = "",
    code_font: str = "Courier",
) -> bytes:
    """Return a PDF with these pages; the outline names headings, the numbers of their pages, from 0, and their height."""
    objects: list[str] = []

    def add(body: str) -> int:
        objects.append(body)
        return len(objects)

    catalog, pages = add(""), add("")
    fonts = [
        add(f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} >>") for name in ("Helvetica", code_font, "Times-Bold")
    ]
    kids: list[int] = []
    for leaf in leaves:
        stream = "\n".join(leaf.parts)
        content = add(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        kids.append(
            add(
                f"<< /Type /Page /Parent {pages} 0 R /MediaBox [0 0 600 800] /Contents {content} 0 R "
                f"/Resources << /Font << /F1 {fonts[0]} 0 R /F2 {fonts[1]} 0 R /F3 {fonts[2]} 0 R >> >> >>"
            )
        )
    objects[pages - 1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(f'{kid} 0 R' for kid in kids)}] >>"
    extra = ""
    if outline:
        root = add("")
        first = len(objects) + 1
        for place, (name, number, *height) in enumerate(outline):
            before = f"/Prev {first + place - 1} 0 R " if place else ""
            after = f"/Next {first + place + 1} 0 R " if place < len(outline) - 1 else ""
            view = f"/XYZ 0 {height[0]} 0" if height else "/Fit"
            add(f"<< /Title ({name}) /Parent {root} 0 R {before}{after}/Dest [{kids[number]} 0 R {view}] >>")
        objects[root - 1] = f"<< /Type /Outlines /First {first} 0 R /Last {len(objects)} 0 R /Count {len(outline)} >>"
        extra = f" /Outlines {root} 0 R"
    objects[catalog - 1] = f"<< /Type /Catalog /Pages {pages} 0 R{extra} >>"
    info = add(f"<< /Title ({title}) >>")
    lock = ""
    if is_locked:
        zeros = "00" * 32
        number = add(f"<< /Filter /Standard /V 1 /R 2 /Length 40 /P -4 /O <{zeros}> /U <{zeros}> >>")
        lock = f" /Encrypt {number} 0 R /ID [<{'11' * 16}> <{'11' * 16}>]"
    whole = b"%PDF-1.4\n"
    places: list[int] = []
    for number, body in enumerate(objects, start=1):
        places.append(len(whole))
        whole += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    trailer = f"<< /Size {len(objects) + 1} /Root {catalog} 0 R /Info {info} 0 R{lock} >>"
    return whole + (
        f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n{trailer}\nstartxref\n{len(whole)}\n%%EOF\n"
    ).encode("latin-1")
