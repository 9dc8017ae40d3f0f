"""What is judged to be navigation and other furniture of a page, by CSS selector, for what a browser shows of it."""

NAVIGATION = (
    "nav",
    "[role=navigation]",
    "[role=search]",
    "[role=banner]",
    "[role=contentinfo]",
    "footer",
    ".footer, #footer, #apidoc, #copyright, .copyright-footer, .printfooter, .catlinks, .footer-text",
    ".navheader, .navfooter, .spirit-nav",  # DocBook
    "div.navigation",  # LaTeX2HTML
    "table.navigation",  # gtk-doc
    ".navsettop, .navsetbottom, .tocset",  # Scribble
    "div.header > p, div.nav-panel, table.header, h4.contents-heading, h2.contents-heading",  # Texinfo, by its links
    ".sphinxsidebar, div.related, .viewcode-link, .viewcode-back",
    ".headerlink, .permalink, .selflink, a.anchor, a.srclink, p.src > a.link, .md-anchor, .copiable-anchor",
    ".breadcrumbs, .breadcrumb, .navpath, #menu, #owner, .ingroups",
    ".toc, #toc, #TOC, .tableofcontents, ul.TofC, ul.ChildLinks",
    "div.contents.topic, ul.section-toc, #table-of-contents",
    ".listing_lines, .linenos, .linenumbers, .lineno, pre.lines",  # numbers beside code
    ".table-tabs, .button-group, button, .subNav",  # Javadoc, Groovydoc
    "#mbrsel, #order, .filtertype, .ordering, .morelinks",  # Scaladoc
    "a.inheritanceTree, a.summary_toggle",  # "show all" and "collapse" of YARD
    "#package-header",  # Haddock
    ".method-click-advice, .showSourceToggle, .toggleSource",  # RDoc, YARD
    "#synthetic-implementations-list, #blanket-implementations-list, .rightside, .hideme",  # rustdoc: in each type
    ".modal, .navbar, .dropdown-menu",  # Bootstrap
    "#titlearea, #projectname, .directory .levels, .arrow, span.icon, .ttc, div.header > .summary",
    ".dyncontent > center",  # Doxygen
    ".toplang, .bottomlang, p.menu, p.apache, #path",  # Apache
    ".t-navbar",  # cppreference
    ".method-source-code, .source_code",  # RDoc, YARD: the source, folded away by script
    ".nav_table, p.toc_uplink, h1.toc_header, td[valign=middle][align=left]",  # texi2html
    ".sidemenu, .menu, .banner, .fancy_toc, .tagline, .menutrigger",  # lxml, SQLite
    "#synthetic-implementations, #blanket-implementations",
    "li.picker-header, #column2, .navigationbar",  # Node.js, Qt
)
