package render_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"golang.org/x/text/language"
)

// node is an element of a document. The checks of validity look at nothing else, so
// that they know of a document only what readers do.
type node struct {
	name  string // local; with the namespace before it and a blank where it has one
	attrs map[string]string
	text  string
	kids  []*node
}

const (
	inAtom = "http://www.w3.org/2005/Atom "
	inDC   = "http://purl.org/dc/elements/1.1/ "
	inLang = "http://www.w3.org/XML/1998/namespace lang"
)

// tree reads a document. Names of namespaces that are not declared are faults.
func tree(doc []byte) (*node, error) {
	dec := xml.NewDecoder(bytes.NewReader(doc))
	root := &node{}
	open := []*node{root}
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			if len(root.kids) != 1 {
				return nil, fmt.Errorf("%d roots", len(root.kids))
			}
			return root.kids[0], nil
		}
		if err != nil {
			return nil, err
		}
		last := open[len(open)-1]
		switch x := token.(type) {
		case xml.StartElement:
			n := &node{name: qualified(x.Name), attrs: map[string]string{}}
			if x.Name.Space != "" && !strings.Contains(x.Name.Space, ":") {
				return nil, fmt.Errorf("prefix %s is not declared", x.Name.Space)
			}
			for _, a := range x.Attr {
				if a.Name.Space == "xmlns" || a.Name.Local == "xmlns" {
					continue
				}
				if _, twice := n.attrs[qualified(a.Name)]; twice {
					return nil, fmt.Errorf("<%s> has %s twice", n.name, a.Name.Local)
				}
				n.attrs[qualified(a.Name)] = a.Value
			}
			last.kids, open = append(last.kids, n), append(open, n)
		case xml.CharData:
			last.text += string(x)
		case xml.EndElement:
			open = open[:len(open)-1]
		}
	}
}

func qualified(n xml.Name) string { return strings.TrimPrefix(n.Space+" "+n.Local, " ") }

// all returns the children of a name.
func (n *node) all(name string) []*node {
	var list []*node
	for _, k := range n.kids {
		if k.name == name {
			list = append(list, k)
		}
	}
	return list
}

// textOf is the text of the only child of a name.
func (n *node) textOf(name string) string {
	for _, k := range n.all(name) {
		return k.text
	}
	return ""
}

// faults collects what is wrong with a document.
type faults struct {
	where string
	list  []string
}

func (f *faults) add(ok bool, format string, args ...any) {
	if !ok {
		f.list = append(f.list, f.where+": "+fmt.Sprintf(format, args...))
	}
}

// count wants between least and most children of each name.
func (f *faults) count(n *node, least, most int, names ...string) {
	for _, name := range names {
		got := len(n.all(name))
		f.add(got >= least && got <= most, "%d elements %s, want %d to %d", got, name, least, most)
	}
}

// only wants no children but these among those without a namespace, or within it.
func (f *faults) only(n *node, space string, names ...string) {
	for _, k := range n.kids {
		local, ours := strings.CutPrefix(k.name, space)
		if !ours || strings.Contains(local, " ") {
			continue
		}
		known := false
		for _, name := range names {
			known = known || name == local
		}
		f.add(known, "element %s is unknown", k.name)
	}
}

// isIRI reports whether s is an absolute IRI that is written as a URI.
func isIRI(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.IsAbs() && s == strings.TrimSpace(s) && !strings.ContainsAny(s, " <>\"{}|\\^`") &&
		(u.Opaque+u.Host+u.Path+u.RawQuery != "" || u.ForceQuery) && (u.Host != "" || u.Scheme != "http" && u.Scheme != "https")
}

func isTag(s string) bool {
	_, err := language.Parse(s)
	return err == nil
}

// isRFC3339 wants the form of RFC 4287, 3.3: an upper-case T and Z.
func isRFC3339(s string) bool {
	_, err := time.Parse(time.RFC3339, s)
	return err == nil && strings.ToUpper(s) == s
}

func isMailAddress(s string) bool {
	user, host, ok := strings.Cut(s, "@")
	return ok && user != "" && host != "" && !strings.ContainsAny(s, " \t\n")
}
