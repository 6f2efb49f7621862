package parse

import (
	"bytes"
	"strings"
)

// The bounds of entities that a document declares. What is beyond stays a
// reference, which gofeed shows as it is.
const (
	maxEntities     = 1000
	maxEntity       = 256      // bytes of one
	maxEntityGrowth = 64 << 10 // bytes that they add to a document, and an eighth of its own
)

const blanks = " \t\r\n"

// entities are the texts that a document's own DTD names. Those that are markup,
// external ones and parameter entities are left out: a document that needs them
// does not get them, from no file and from no network.
type entities map[string]string

// declaredEntities reads the declarations in what stands before the root.
func declaredEntities(prolog []byte) entities {
	var all entities
	for len(all) < maxEntities {
		i := bytes.Index(prolog, []byte("<!ENTITY"))
		if i < 0 {
			return all
		}
		if c := bytes.LastIndex(prolog[:i], []byte("<!--")); c >= 0 && !bytes.Contains(prolog[c:i], []byte("-->")) {
			_, prolog, _ = bytes.Cut(prolog[i:], []byte("-->"))
			continue
		}
		prolog = prolog[i+len("<!ENTITY"):]
		rest := bytes.TrimLeft(prolog[:min(len(prolog), 4*maxEntity)], blanks)
		name := string(rest[:max(bytes.IndexAny(rest, blanks), 0)])
		rest = bytes.TrimLeft(rest[len(name):], blanks)
		if len(rest) == 0 || rest[0] != '"' && rest[0] != '\'' {
			continue
		}
		value, _, ended := bytes.Cut(rest[1:], rest[:1])
		text, ok := all.text(string(value))
		if all.has(name) || predefined.has(name) || !ended || !ok {
			continue
		}
		if all == nil {
			all = entities{}
		}
		all[name] = text
	}
	return all
}

func (all entities) has(name string) bool {
	_, ok := all[name]
	return ok
}

// text returns what a value is as text, and false for markup, for what is too
// long, and for what refers to entities that are not known.
func (all entities) text(value string) (string, bool) {
	var out strings.Builder
	for i := 0; i < len(value) && out.Len() <= maxEntity; {
		switch c := value[i]; {
		case c == '<' || c == '%':
			return "", false
		case c != '&':
			out.WriteByte(c)
			i++
		default:
			text, size := all.at([]byte(value[i:]))
			if size == 0 {
				return "", false
			}
			out.WriteString(text)
			i += size
		}
	}
	// A character reference in a value may be the beginning of another: &#38;#60;.
	text := out.String()
	if code, size := reference([]byte(text)); size == len(text) && size > 0 && isChar(code) {
		text = string(code)
	}
	return text, out.Len() <= maxEntity
}

var predefined = entities{"amp": "&", "lt": "<", "gt": ">", "quot": `"`, "apos": "'"}

// at returns the text of the reference that b begins with, and its size, 0 for
// none that is known.
func (all entities) at(b []byte) (text string, size int) {
	if code, size := reference(b); size > 0 {
		if !isChar(code) {
			return "", size
		}
		return string(code), size
	}
	end := bytes.IndexByte(b[:min(len(b), maxEntity)], ';')
	if end < 2 {
		return "", 0
	}
	text, ok := all[string(b[1:end])]
	if !ok {
		text, ok = predefined[string(b[1:end])]
	}
	if !ok {
		return "", 0
	}
	return text, end + 1
}

// expand replaces the references to declared entities, but for those in CDATA,
// where there are none.
func (all entities) expand(doc []byte) []byte {
	if len(all) == 0 {
		return doc
	}
	bound := len(doc) + len(doc)/8 + maxEntityGrowth
	out := make([]byte, 0, bound+8*maxEntity)
	literal := sections{b: doc}
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;")
	from := 0
	for at := 0; len(out)+len(doc)-from <= bound; {
		i := bytes.IndexByte(doc[at:], '&')
		if i < 0 {
			break
		}
		at += i
		if end := literal.around(at); end > 0 {
			at = end
			continue
		}
		end := bytes.IndexByte(doc[at:min(len(doc), at+maxEntity)], ';')
		text, ok := "", false
		if end > 0 {
			text, ok = all[string(doc[at+1:at+end])]
		}
		if !ok {
			at++
			continue
		}
		out = append(out, doc[from:at]...)
		out = append(out, escape.Replace(text)...)
		at += end + 1
		from = at
	}
	return append(out, doc[from:]...)
}
