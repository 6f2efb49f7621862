package render

import (
	"errors"
	"mime"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/language"
)

// clean returns s as valid UTF-8 that holds only characters of XML 1.0 (section
// 2.2, Char), with line ends as an XML reader reports them (2.11). One foreign
// byte would make a document unreadable for everyone, so it is done here again,
// whatever was done before.
func clean(s string) string {
	ascii := true
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 0x80:
			ascii = false
		case c < ' ' && c != '\t' && c != '\n':
			return cleaned(s)
		}
	}
	// U+FFFE and U+FFFF are the only characters above ASCII that are valid
	// UTF-8 and no XML.
	if !ascii && (!utf8.ValidString(s) || strings.Contains(s, "\uFFFE") || strings.Contains(s, "\uFFFF")) {
		return cleaned(s)
	}
	return s
}

func cleaned(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' || r == '\uFFFE' || r == '\uFFFF' {
			return -1
		}
		return r
	}, s)
}

// line is clean for texts of one line, such as names and titles.
func line(s string) string { return strings.TrimSpace(clean(s)) }

// escapeTitle is plain text as HTML. RSS does not say whether a title is text
// or HTML; readers take it for HTML, and as such it must read as the text.
func escapeTitle(s string) string { return titleEscaper.Replace(s) }

var titleEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;")

// unsafeSchemes run what they carry or read the reader's own machine.
const unsafeSchemes = " about blob data file filesystem javascript jar livescript vbscript view-source "

// address returns an absolute IRI as the URI that it maps to (RFC 3987, section
// 3.1), with the characters that no URI may hold percent-encoded. It returns
// nothing for what is not absolute, not safe to follow, or names no host where
// its scheme wants one.
func address(s string) string {
	s = line(s)
	scheme, rest, ok := strings.Cut(s, ":")
	if named := strings.TrimPrefix(rest, "//"); !ok || named == "" || named[0] == '#' || !isScheme(scheme) || strings.Contains(unsafeSchemes, " "+strings.ToLower(scheme)+" ") {
		return ""
	}
	if !namesHost(rest, isWeb(scheme)) {
		return ""
	}
	if isURI(rest) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	b.WriteString(scheme)
	b.WriteByte(':')
	if after, ok := strings.CutPrefix(rest, "//"); ok {
		end := strings.IndexAny(after, "/?#")
		if end < 0 {
			end = len(after)
		}
		b.WriteString("//")
		writeURI(&b, hostURI(after[:end]), true)
		rest = after[end:]
	}
	writeURI(&b, rest, false)
	return b.String()
}

func isScheme(s string) bool {
	for i, c := range []byte(s) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || (c < '0' || c > '9') && c != '+' && c != '-' && c != '.') {
			return false
		}
	}
	return s != ""
}

func isWeb(scheme string) bool {
	return strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https")
}

// namesHost reports whether what follows a scheme names a host, by the measure of
// readers that take addresses apart, or none where none must be.
func namesHost(rest string, must bool) bool {
	authority, ok := strings.CutPrefix(rest, "//")
	if !ok {
		return !must
	}
	if end := strings.IndexAny(authority, "/?#"); end >= 0 {
		authority = authority[:end]
	}
	if authority == "" {
		return !must
	}
	if isPlainHost(authority) {
		return true
	}
	written := &strings.Builder{}
	writeURI(written, hostURI(authority), true)
	u, err := url.Parse("https://" + written.String())
	return err == nil && u.Hostname() != ""
}

// isPlainHost tells, without taking it apart, what nearly every host is: letters,
// digits, hyphens and dots, the first of them a letter or digit.
func isPlainHost(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || i > 0 && (c == '-' || c == '.') {
			continue
		}
		return false
	}
	return s != ""
}

// hostURI writes an international host by its ASCII name (RFC 5891).
func hostURI(authority string) string {
	user, host, port := "", authority, ""
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		user, host = host[:i+1], host[i+1:]
	}
	if i := strings.LastIndexByte(host, ':'); i >= 0 {
		host, port = host[:i], host[i:]
	}
	if ascii, err := idna.Lookup.ToASCII(host); err == nil {
		return user + ascii + port
	}
	return authority
}

// isURI reports whether what follows a scheme may stand as it is.
func isURI(s string) bool {
	for i := range len(s) {
		if !isURIByte(s, i) {
			return false
		}
	}
	return strings.Count(s, "#") < 2 // a fragment holds none
}

// isURIByte reports whether the byte may stand in a URI (RFC 3986, appendix A).
// Square brackets may only in a host and are left to the caller.
func isURIByte(s string, i int) bool {
	switch c := s[i]; {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		return true
	case c == '%':
		return i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2])
	default:
		return strings.IndexByte("-._~:/?#@!$&'()*+,;=", c) >= 0
	}
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }

func writeURI(b *strings.Builder, s string, host bool) {
	const hex = "0123456789ABCDEF"
	fragment := strings.IndexByte(s, '#')
	for i := range len(s) {
		c := s[i]
		if isURIByte(s, i) && (c != '#' || i == fragment) || host && (c == '[' || c == ']') {
			b.WriteByte(c)
			continue
		}
		b.Write([]byte{'%', hex[c>>4], hex[c&15]})
	}
}

// webAddress is address for places where only http and https make sense.
func webAddress(s string) string {
	a := address(s)
	if scheme, _, _ := strings.Cut(a, ":"); !isWeb(scheme) {
		return ""
	}
	return a
}

// mediaType returns a media type (RFC 9110, 8.3.1) in its usual form, and
// nothing for what is none. Parameters that are none cost themselves alone.
func mediaType(s string) string {
	t, params, err := mime.ParseMediaType(clean(s))
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) || !strings.Contains(t, "/") {
		return ""
	}
	return mime.FormatMediaType(t, params)
}

// tag returns a language tag in its usual form, and nothing for what is none:
// publishers also write names of languages.
func tag(s string) string {
	if s == "" {
		return ""
	}
	t, err := language.Parse(s)
	if err != nil || t == language.Und {
		return ""
	}
	return t.String()
}

// isMail reports whether s has the form of an e-mail address.
func isMail(s string) bool {
	user, host, ok := strings.Cut(s, "@")
	return ok && user != "" && strings.Contains(host, ".") && !strings.ContainsAny(s, " \t\n<>()\",;:\\") &&
		!strings.Contains(host, "@") && !strings.HasSuffix(host, ".")
}

// rfc822 is a date for RSS: RFC 822 with a year of four digits.
func rfc822(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC1123Z)
}

// rfc3339 is a date for Atom and JSON Feed.
func rfc3339(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
