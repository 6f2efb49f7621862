package parse

import (
	"bytes"
	"html"
	"strings"
)

// unescape returns the characters that XML source stands for: CDATA sections as
// they are, references decoded, unknown ones left alone, comments left out.
func unescape(b []byte) string {
	if bytes.IndexByte(b, '&') < 0 && bytes.IndexByte(b, '<') < 0 {
		return string(b)
	}
	var out strings.Builder
	for {
		i := bytes.IndexByte(b, '<')
		if i < 0 {
			references(&out, string(b))
			return out.String()
		}
		references(&out, string(b[:i]))
		b = b[i:]
		switch rest, found := bytes.CutPrefix(b, []byte("<![CDATA[")); {
		case found:
			raw, after, _ := bytes.Cut(rest, []byte("]]>"))
			out.Write(raw)
			b = after
		case bytes.HasPrefix(b, []byte("<!--")) || bytes.HasPrefix(b, []byte("<?")):
			n := aside(b)
			if n < 0 {
				return out.String()
			}
			b = b[n:]
		default:
			out.WriteByte('<')
			b = b[1:]
		}
	}
}

// references decodes references that end as they should: HTML's rules for the
// others would turn "&copy=1" in an address into a sign.
func references(out *strings.Builder, s string) {
	for {
		amp := strings.IndexByte(s, '&')
		if amp < 0 {
			out.WriteString(s)
			return
		}
		out.WriteString(s[:amp])
		s = s[amp:]
		end := strings.IndexByte(s[:min(len(s), 40)], ';')
		if end < 0 || strings.ContainsAny(s[1:end], "& \t\r\n") {
			out.WriteByte('&')
			s = s[1:]
			continue
		}
		out.WriteString(html.UnescapeString(s[:end+1]))
		s = s[end+1:]
	}
}

// inlineHTML writes inline XHTML as HTML: without prefixes, with end tags where
// HTML needs them, and without the div that Atom puts around it (RFC 4287,
// 3.1.1.3). Of elements that are none of HTML, if that is given, only the text stays.
func inlineHTML(b []byte, atom bool, none func(name []byte) bool) string {
	var out strings.Builder
	for i := 0; i < len(b); {
		lt := bytes.IndexByte(b[i:], '<')
		if lt < 0 {
			out.Write(b[i:])
			break
		}
		out.Write(b[i : i+lt])
		i += lt
		rest := b[i:]
		switch {
		case bytes.HasPrefix(rest, []byte("<![CDATA[")):
			raw, _, _ := bytes.Cut(rest[9:], []byte("]]>"))
			out.WriteString(html.EscapeString(string(raw)))
			i += min(9+len(raw)+3, len(rest))
		case len(rest) > 2 && rest[1] == '/':
			name := endName(rest)
			if none != nil && none(name) {
				out.WriteString(gap(name))
				if size := bytes.IndexByte(rest, '>') + 1; size > 0 {
					i += size
				} else {
					i = len(b)
				}
				break
			}
			out.WriteString("</" + string(unprefixed(name)))
			i += len(rest) - len(bytes.TrimLeft(rest[2:], " \t\r\n")) + len(name)
		case bytes.HasPrefix(rest, []byte("<!--")) && aside(rest) > 0:
			i += aside(rest)
		case len(rest) > 1 && isNameStart(rest[1]) && tagEnd(rest) > 0:
			size := tagEnd(rest)
			name := startName(rest)
			if none != nil && none(name) {
				out.WriteString(gap(name))
				i += size
				break
			}
			plain := unprefixed(name)
			out.WriteByte('<')
			out.Write(plain)
			out.Write(rest[1+len(name) : size])
			if rest[size-2] == '/' && !isOptional(plain) {
				out.WriteString("</" + string(plain) + ">")
			}
			i += size
		default:
			out.WriteByte('<')
			i++
		}
	}
	s := strings.TrimSpace(out.String())
	if atom {
		s = unwrapDiv(s)
	}
	return strings.ReplaceAll(s, "]]>", "]]&gt;")
}

// gap is what stands in place of a tag: elements of a vocabulary are apart, those of HTML
// may be within a word.
func gap(name []byte) string {
	if bytes.IndexByte(name, ':') >= 0 {
		return " "
	}
	return ""
}

func unprefixed(name []byte) []byte {
	return name[bytes.IndexByte(name, ':')+1:]
}

// unwrapDiv removes a div that is around everything.
func unwrapDiv(s string) string {
	if !strings.HasPrefix(s, "<div") || !strings.HasSuffix(s, "</div>") {
		return s
	}
	start := tagEnd([]byte(s))
	if start <= 0 || startName([]byte(s[:start]))[0] != 'd' {
		return s
	}
	inner := s[start : len(s)-len("</div>")]
	depth := 0
	for rest := inner; ; {
		lt := strings.IndexByte(rest, '<')
		if lt < 0 {
			break
		}
		rest = rest[lt:]
		if strings.HasPrefix(rest, "<div") {
			depth++
		} else if strings.HasPrefix(rest, "</div") {
			if depth--; depth < 0 { // the first div ended before
				return s
			}
		}
		rest = rest[1:]
	}
	return strings.TrimSpace(inner)
}
