package sanitize

// The rules by which an HTML parser closes elements on its own (HTML, section
// 13.2.6.4). The writer applies them itself; after that a parser has no reason
// to move anything.

// closeFor closes what cannot stay open when e starts.
func (w *writer) closeFor(e *element) {
	switch e.name {
	case "a":
		if i := w.findInCell("a"); i >= 0 {
			w.popTo(i)
		}
	case "li":
		w.closeItem("li", "li")
	case "dd", "dt":
		w.closeItem("dd", "dt")
	case "rt", "rp":
		w.popTo(w.find("ruby") + 1)
	}
	if e.block || e.name == "li" || e.name == "dd" || e.name == "dt" {
		if i := w.findInCell("p"); i >= 0 {
			w.popTo(i)
		}
	}
	if n := len(w.open); n > 0 && isHeading(e.name) && isHeading(w.open[n-1].name) {
		w.popTo(n - 1)
	}
}

// closeItem closes an open item of the same list. Blocks other than div,
// address and p protect the items outside of them.
func (w *writer) closeItem(a, b string) {
	for i := len(w.open) - 1; i >= 0; i-- {
		e := w.open[i]
		if e.name == a || e.name == b {
			w.popTo(i)
			return
		}
		if isBarrier(e.name) || e.name == "li" || e.name == "dd" || e.name == "dt" ||
			e.block && e.name != "div" && e.name != "address" && e.name != "p" {
			return
		}
	}
}

// find returns the place of the innermost open element of that name, or -1.
func (w *writer) find(name string) int {
	for i := len(w.open) - 1; i >= 0; i-- {
		if w.open[i].name == name {
			return i
		}
	}
	return -1
}

// findInCell is find without looking beyond the current table cell.
func (w *writer) findInCell(name string) int {
	for i := len(w.open) - 1; i >= 0 && !isBarrier(w.open[i].name); i-- {
		if w.open[i].name == name {
			return i
		}
	}
	return -1
}

// tablePart prepares the place of a table's part. It reports false outside of
// a table, where such a tag means nothing.
func (w *writer) tablePart(name string) bool {
	table := w.find("table")
	if table < 0 {
		return false
	}
	keep := table + 1
	switch name {
	case "col":
		keep = w.keep(keep, "colgroup")
		w.popTo(keep)
		if keep == table+1 {
			w.implied("colgroup")
		}
	case "tr":
		w.popTo(w.keep(keep, "thead", "tbody", "tfoot"))
		if len(w.open) == table+1 {
			w.implied("tbody")
		}
	case "td", "th":
		keep = w.keep(keep, "thead", "tbody", "tfoot")
		w.popTo(w.keep(keep, "tr"))
		w.row(table)
	default:
		w.popTo(keep)
	}
	return true
}

// keep returns n+1 when the element after the first n open ones has one of the
// names, else n.
func (w *writer) keep(n int, names ...string) int {
	for _, name := range names {
		if n < len(w.open) && w.open[n].name == name {
			return n + 1
		}
	}
	return n
}

// inParts reports whether the innermost open element is a part of a table that
// holds nothing but other parts.
func (w *writer) inParts() bool {
	if len(w.open) == 0 {
		return false
	}
	switch w.open[len(w.open)-1].name {
	case "table", "colgroup", "thead", "tbody", "tfoot", "tr":
		return true
	}
	return false
}

// inCell opens a cell where content stands between the parts of a table. A
// parser would move such content in front of the table.
func (w *writer) inCell() {
	if !w.inParts() {
		return
	}
	attrs := w.attrs
	w.attrs = nil
	table := w.find("table")
	if w.open[len(w.open)-1].name == "colgroup" {
		w.popTo(table + 1)
	}
	w.row(table)
	w.implied("td")
	w.attrs = attrs
}

// row opens what is missing between the table and a cell.
func (w *writer) row(table int) {
	if len(w.open) == table+1 {
		w.implied("tbody")
	}
	if len(w.open) == table+2 {
		w.implied("tr")
	}
}

// implied writes a start tag that the source left out.
func (w *writer) implied(name string) {
	attrs := w.attrs
	w.attrs = nil
	w.tag(elements[name])
	w.attrs = attrs
}

func isTablePart(name string) bool {
	switch name {
	case "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "td", "th":
		return true
	}
	return false
}

// isBarrier tells elements whose content is on its own.
func isBarrier(name string) bool {
	return name == "td" || name == "th" || name == "caption" || name == "table"
}

func isHeading(name string) bool {
	return len(name) == 2 && name[0] == 'h' && name[1] >= '1' && name[1] <= '6'
}
