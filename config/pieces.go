package config

import (
	"bytes"
	"iter"
	"slices"

	"go.yaml.in/yaml/v4"
)

// pieceSize is about how much of a list of sources is read at a time.
const pieceSize = 64 << 10

// inPieces reads a large file without having the nodes of all of it, which take three times
// the memory of what is read: the sources some hundreds at a time, and all else by itself.
// nil: it has to be read whole.
//
// Both say the same. The list begins at a key that is one in the rest as well, and what
// stands before that is the same text. A piece begins at a dash in the list's own column,
// and everything that belongs to an element stands to the right of that, unless brackets or
// quotes are open: then the piece is no YAML. So is one that names an anchor of another. And
// whatever is wrong, or worth a word, is left to who reads it whole, and knows where it stands.
func (f *File) inPieces(size int) (*Config, error) {
	cut, ok := cutSources(f.data)
	if !ok {
		return nil, nil
	}
	d := newDecoder(f.text.file, f.data, f.text.env)
	always, err := d.compile("true")
	if err != nil {
		return nil, err
	}
	d.always = always
	root := d.document(cut.rest)
	if root == nil || !hasSourcesAt(root, cut.line) {
		return nil, nil
	}
	c := newConfig()
	c.Sources = make([]Source, 0, cut.count)
	for piece := range cut.pieces(size) {
		spare := d.visits - fewVisits
		list := d.document(piece)
		if list == nil || list.Kind != yaml.SequenceNode {
			return nil, nil
		}
		d.visits += spare // as many in all as in one document
		v, _ := value{decoder: d}.child(list, "sources", false)
		c.takeSources(v)
		if len(d.problems)+len(d.warnings) > 0 {
			return nil, nil
		}
	}
	if f.take(d, root, c); len(d.problems) > 0 {
		return nil, nil
	}
	return c, nil
}

// sourcesCut is a file whose list of sources was cut out of it.
type sourcesCut struct {
	rest  []byte // the file, with empty lines for the list
	line  int    // of the key, from 1
	list  []byte // whole lines
	dash  string // how the lines begin that begin an element
	count int    // of those lines
}

// cutSources cuts a file as people and programs write them: with the key at the left, alone
// in its line, and elements below it that begin with a dash. ok: it is one, as far as its
// lines tell.
func cutSources(data []byte) (cut sourcesCut, ok bool) {
	begin := 0
	for line := range bytes.Lines(data) {
		begin += len(line)
		cut.line++
		if line[0] == '%' {
			return cut, false // a directive, which the pieces would lack
		}
		if key, found := bytes.CutPrefix(line, []byte("sources:")); found && isBlank(key) && !bytes.HasPrefix(key, []byte("#")) {
			cut.list = listAfter(data[begin:])
			break
		}
	}
	for line := range bytes.Lines(cut.list) {
		if cut.dash == "" && !isBlank(line) {
			indent := len(line) - len(bytes.TrimLeft(line, " "))
			cut.dash = string(line[:indent]) + "-"
		}
		if cut.begins(line) {
			cut.count++
		} else if cut.count == 0 && !isBlank(line) {
			return cut, false
		}
	}
	lines := bytes.Repeat([]byte("\n"), bytes.Count(cut.list, []byte("\n")))
	cut.rest = slices.Concat(data[:begin], lines, data[begin+len(cut.list):])
	return cut, cut.count > 0
}

// listAfter returns the lines up to the next that begins at the left, and with no dash.
func listAfter(data []byte) []byte {
	end := 0
	for line := range bytes.Lines(data) {
		if !bytes.ContainsAny(line[:1], " \t#-\r\n") || bytes.HasPrefix(line, []byte("---")) {
			break
		}
		end += len(line)
	}
	return data[:end]
}

// isBlank reports whether the rest of a line says nothing.
func isBlank(line []byte) bool {
	left := bytes.TrimLeft(line, " \t")
	return len(bytes.TrimSpace(left)) == 0 || left[0] == '#'
}

// begins reports whether an element begins in a line.
func (c sourcesCut) begins(line []byte) bool {
	after, dash := bytes.CutPrefix(line, []byte(c.dash))
	return dash && c.dash != "" && len(bytes.TrimLeft(after[:min(1, len(after))], " \r\n")) == 0
}

// pieces are the lines of the list, cut before elements.
func (c sourcesCut) pieces(size int) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		from, at, begun := 0, 0, false
		for line := range bytes.Lines(c.list) {
			if c.begins(line) {
				if begun && at-from >= size {
					if !yield(c.list[from:at]) {
						return
					}
					from = at
				}
				begun = true // comments alone would be no list
			}
			at += len(line)
		}
		yield(c.list[from:])
	}
}

// hasSourcesAt reports whether a document has the key in a line, without a value.
func hasSourcesAt(root *yaml.Node, line int) bool {
	if root.Kind != yaml.MappingNode {
		return false
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		if key := root.Content[i]; key.Value == "sources" && key.Line == line && key.Column == 1 {
			return isNull(root.Content[i+1]) && root.Content[i+1].Value == ""
		}
	}
	return false
}
