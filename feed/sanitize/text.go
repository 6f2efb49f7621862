package sanitize

import (
	"html"
	"strings"
	"unicode"
	"unicode/utf8"

	nethtml "golang.org/x/net/html"
)

// Plain returns s as valid UTF-8 that holds only characters of XML 1.0
// (section 2.2, Char). Bytes that are no UTF-8 become U+FFFD.
func Plain(s string) string {
	if isPlain(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if isChar(r) {
			return r
		}
		return -1
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

func isPlain(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < 0x20 && c != '\t' && c != '\n' && c != '\r' {
			return false
		}
		// U+FFFE and U+FFFF begin with EF BF; so do U+FFFD and half-width forms,
		// which merely cost the slow way.
		if c == 0xEF && i+1 < len(s) && s[i+1] == 0xBF {
			return false
		}
	}
	return utf8.ValidString(s)
}

func isChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF ||
		r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= unicode.MaxRune
}

// escapeText writes text for HTML. Quotes stay: they mean nothing there.
func escapeText(s string) string {
	s = Plain(s)
	if strings.ContainsAny(s, "&<>\r") {
		s = textEscaper.Replace(s)
	}
	return s
}

func escapeAttr(s string) string {
	s = Plain(s)
	if strings.ContainsAny(s, "&<>\"\r") {
		s = attrEscaper.Replace(s)
	}
	return s
}

var (
	// A parser reads a carriage return as a line feed, so it is one already here.
	textEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r\n", "\n", "\r", "\n")
	attrEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "\r\n", "\n", "\r", "\n")
)

// Text returns the plain text of HTML: entities decoded, what stands in
// different blocks kept apart, white space collapsed to single blanks. It takes
// time linear in the length.
func Text(fragment string) string {
	if !strings.ContainsAny(fragment, "<&") {
		return collapse(fragment)
	}
	var out strings.Builder
	out.Grow(len(fragment) / 2)
	z := nethtml.NewTokenizer(strings.NewReader(fragment))
	hidden := "" // the element whose content is not text
	for {
		switch z.Next() {
		case nethtml.ErrorToken: // a strings.Reader fails only at its end
			return collapse(out.String())
		case nethtml.TextToken:
			if hidden == "" {
				out.Write(z.Text())
			}
		case nethtml.StartTagToken:
			name, _ := z.TagName()
			if isHidden(string(name)) {
				hidden = string(name)
			}
			separate(&out, string(name))
		case nethtml.EndTagToken:
			name, _ := z.TagName()
			if string(name) == hidden {
				hidden = ""
			}
			separate(&out, string(name))
		case nethtml.SelfClosingTagToken:
			name, _ := z.TagName()
			separate(&out, string(name))
		}
	}
}

// TextOf is Text for what HTML or Resolve returned, in a fifth of the time: there
// every "<" begins a tag that ends with the next ">", and nothing is hidden. Of
// other HTML it makes nonsense, though never a fault.
func TextOf(safe string) string {
	if !strings.ContainsAny(safe, "<&") {
		return collapse(safe)
	}
	var out strings.Builder
	out.Grow(len(safe))
	for {
		text, rest, found := strings.Cut(safe, "<")
		out.WriteString(html.UnescapeString(text))
		if !found {
			return collapse(out.String())
		}
		tag, after, _ := strings.Cut(rest, ">")
		name, _, _ := strings.Cut(strings.TrimPrefix(tag, "/"), " ")
		separate(&out, name)
		safe = after
	}
}

// isHidden tells elements whose text is not for reading. The tokenizer gives
// their content as one text, so no tag inside of them is seen.
func isHidden(name string) bool {
	switch name {
	case "script", "style", "noscript", "iframe", "noembed", "noframes", "textarea", "title", "xmp":
		return true
	}
	return false
}

func separate(out *strings.Builder, name string) {
	if isInline(name) {
		return
	}
	out.WriteByte(' ')
}

// isInline tells elements that may stand within a word.
func isInline(name string) bool {
	switch name {
	case "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i",
		"img", "ins", "kbd", "mark", "nobr", "q", "rb", "ruby", "s", "samp", "small", "span", "strike", "strong", "sub",
		"sup", "time", "tt", "u", "var", "wbr":
		return true
	}
	return false
}

// Title makes one line of plain text of a title that may be text or HTML: tags
// that HTML knows are removed, entities are decoded once, white space is
// collapsed, and characters that control a terminal or turn the direction of
// the text around are dropped. What only looks like a tag stays.
func Title(s string) string {
	if strings.IndexByte(s, '<') >= 0 {
		s = stripTags(s)
	}
	if strings.IndexByte(s, '&') >= 0 {
		s = html.UnescapeString(s)
	}
	return collapse(s)
}

// titleTags are the tags that occur in titles on purpose.
const titleTags = " a abbr acronym audio b bdi bdo big blockquote br center cite code del dfn div em font h1 h2 h3 h4 h5 h6 hr " +
	"i iframe img ins kbd li mark nobr object ol p pre q s samp script small span strike strong style sub sup svg table tbody td " +
	"th thead time tr tt u ul var video wbr "

// stripTags removes known tags, and script and style with their content.
func stripTags(s string) string {
	var out strings.Builder
	for {
		lt := strings.IndexByte(s, '<')
		if lt < 0 {
			break
		}
		name := tagName(s[lt+1:])
		if name == "" {
			out.WriteString(s[:lt+1])
			s = s[lt+1:]
			continue
		}
		end := strings.IndexByte(s[lt:], '>')
		if end < 0 {
			break
		}
		out.WriteString(s[:lt])
		closing := s[lt+1] == '/'
		s = s[lt+end+1:]
		if !isInline(name) {
			out.WriteByte(' ')
		}
		if !closing && (name == "script" || name == "style") {
			s = afterElement(s, name)
		}
	}
	out.WriteString(s)
	return out.String()
}

// afterElement returns what follows the end tag of the named element; nothing
// when it never ends.
func afterElement(s, name string) string {
	for {
		i := strings.Index(s, "</")
		if i < 0 {
			return ""
		}
		s = s[i+2:]
		if len(s) >= len(name) && strings.EqualFold(s[:len(name)], name) {
			_, rest, _ := strings.Cut(s, ">")
			return rest
		}
	}
}

// tagName returns the name of a tag that HTML knows, in lower case, given what
// follows its "<".
func tagName(tag string) string {
	tag = strings.TrimPrefix(tag, "/")
	tag = tag[:min(len(tag), len("blockquote")+1)]
	end := strings.IndexAny(tag, " \t\r\n/>")
	if end <= 0 {
		return ""
	}
	name := strings.ToLower(tag[:end])
	if !strings.Contains(titleTags, " "+name+" ") {
		return ""
	}
	return name
}

// collapse makes single blanks of white space, trims, and drops controls.
func collapse(s string) string {
	if isCollapsed(s) {
		return s
	}
	var out strings.Builder
	out.Grow(len(s))
	blank := true // nothing yet, or a blank was written last
	for i := 0; i < len(s); {
		// A run of letters within a word is copied at once: that is most of a text.
		if n := plainRun(s[i:]); n > 0 {
			out.WriteString(s[i : i+n])
			blank = false
			i += n
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		switch {
		case unicode.IsSpace(r):
			if !blank {
				out.WriteByte(' ')
				blank = true
			}
		case isDropped(r):
		default:
			out.WriteRune(r)
			blank = false
		}
	}
	return strings.TrimSuffix(out.String(), " ")
}

// plainRun measures the visible ASCII at the beginning of s.
func plainRun(s string) int {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7F {
			return i
		}
	}
	return len(s)
}

// isCollapsed is the quick look that spares most titles a copy.
func isCollapsed(s string) bool {
	blank := true
	for i := range len(s) {
		c := s[i]
		if c < 0x20 || c >= 0x7F || c == ' ' && blank {
			return false
		}
		blank = c == ' '
	}
	return s == "" || !blank
}

// isDropped tells controls, noncharacters, and the marks that reorder text
// (Unicode Annex 9): with them a title can pass for another.
func isDropped(r rune) bool {
	return unicode.IsControl(r) || !isChar(r) || r == '\uFEFF' ||
		r >= '\u202A' && r <= '\u202E' || r >= '\u2066' && r <= '\u2069'
}
