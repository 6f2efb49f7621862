package feed

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Hidden stands for a secret wherever one would be shown.
const Hidden = "***"

// The lengths, in bytes, from which a secret is looked for in what a publisher
// says: as a word of its own, and anywhere. Shorter ones would garble texts that
// mean something else; they are looked for only where they stand in the address.
const (
	hiddenWord     = 6
	hiddenAnywhere = 8
)

// Hider takes the secrets of one source out of what its publisher says: a
// document may repeat the address that it was asked by, or the credentials. The
// zero value and nil hide nothing. It is not changed once it is in use, and may
// then be used by several goroutines.
type Hider struct {
	texts  []string        // looked for anywhere, or as words where they are short, longest first
	words  map[string]bool // those of texts that are looked for as words whatever their length
	params []string        // NAME=VALUE of a query
	users  []string        // what stands between // and @
}

// Add hides a text that is secret wherever it stands, also in the forms that
// addresses and HTML give it.
func (h *Hider) Add(secret string) { h.add(secret, false) }

// Sum is a digest of what is hidden: equal for those that hide the same.
func (h *Hider) Sum() (sum [sha256.Size]byte) {
	if h == nil {
		return sum
	}
	d := sha256.New()
	for _, list := range [][]string{h.texts, h.params, h.users} {
		for _, text := range list {
			_, _ = fmt.Fprintf(d, "%q %v\n", text, h.words[text]) // a digest takes all
		}
		_, _ = io.WriteString(d, "\n")
	}
	copy(sum[:], d.Sum(nil))
	return sum
}

// AddWord hides a text where no letter or digit stands beside it.
func (h *Hider) AddWord(secret string) { h.add(secret, true) }

func (h *Hider) add(secret string, word bool) {
	if len(secret) < hiddenWord {
		return
	}
	if h.words == nil {
		h.words = map[string]bool{}
	}
	for _, form := range forms(secret) {
		known := slices.Contains(h.texts, form)
		if !known {
			h.texts = append(h.texts, form)
		}
		h.words[form] = word && (!known || h.words[form])
	}
	slices.SortStableFunc(h.texts, func(a, b string) int { return len(b) - len(a) })
}

// AddLogin hides a name and a password, also in the form in which they are sent
// (RFC 7617).
func (h *Hider) AddLogin(name, password string) {
	h.Add(name)
	h.Add(password)
	if password != "" {
		h.Add(base64.StdEncoding.EncodeToString([]byte(name + ":" + password)))
	}
}

// AddAddress hides the user info of an address and the values of its secret
// parameters, whatever their length.
func (h *Hider) AddAddress(address string) {
	u, err := url.Parse(address)
	if err != nil {
		h.Add(address)
		return
	}
	if u.User != nil {
		h.users = append(h.users, u.User.String())
		password, _ := u.User.Password()
		h.AddLogin(u.User.Username(), password)
	}
	mapQuery(u.RawQuery, func(name, pair string) (string, bool) {
		key, value, _ := strings.Cut(pair, "=")
		if secretParams[name] && value != "" {
			plain, err := url.QueryUnescape(value)
			if err != nil {
				plain = value
			}
			for _, form := range append(forms(plain), value) {
				h.params = append(h.params, key+"="+form)
			}
			h.Add(plain)
			h.Add(value)
		}
		return pair, true
	})
}

// forms are the ways in which a text is written in addresses and in HTML.
func forms(text string) []string {
	list := []string{text}
	for _, escaped := range []string{url.QueryEscape(text), url.PathEscape(text)} {
		list = append(list, escaped, lowerEscapes(escaped))
	}
	list = append(list, html.EscapeString(text))
	slices.Sort(list)
	return slices.Compact(list)
}

// lowerEscapes writes percent escapes with small letters.
func lowerEscapes(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:i+3], strings.ToLower(s[i+1:i+3]))
		}
	}
	return string(b)
}

// Format implements fmt.Formatter, so that no verb prints a secret.
func (h *Hider) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, Hidden) } // as fmt: nobody to tell

// Empty reports whether nothing is hidden.
func (h *Hider) Empty() bool {
	return h == nil || len(h.texts)+len(h.params)+len(h.users) == 0
}

// Text returns a text, an address or HTML with *** in place of the secrets.
func (h *Hider) Text(s string) string {
	if h == nil || s == "" {
		return s
	}
	for _, text := range h.texts {
		s = replace(s, text, Hidden, func(before, after string) bool {
			return len(text) >= hiddenAnywhere && !h.words[text] || !isWord(utf8.DecodeLastRuneInString(before)) && !isWord(utf8.DecodeRuneInString(after))
		})
	}
	for _, param := range h.params {
		name, _, _ := strings.Cut(param, "=")
		s = replace(s, param, name+"="+Hidden, func(before, after string) bool {
			return strings.ContainsAny(lastByte(before), "?&;") && (after == "" || strings.ContainsRune("&;#\"'<> \t\r\n", rune(after[0])))
		})
	}
	for _, user := range h.users {
		s = replace(s, "//"+user+"@", "//"+Hidden+"@", func(string, string) bool { return true })
	}
	return s
}

// replace puts a text in place of another where what stands around it says so.
func replace(s, old, with string, here func(before, after string) bool) string {
	if !strings.Contains(s, old) {
		return s
	}
	var b strings.Builder
	for from := 0; ; {
		i := strings.Index(s[from:], old)
		if i < 0 {
			b.WriteString(s[from:])
			return b.String()
		}
		at, end := from+i, from+i+len(old)
		b.WriteString(s[from:at])
		if here(s[:at], s[end:]) {
			b.WriteString(with)
		} else {
			b.WriteString(old)
		}
		from = end
	}
}

func isWord(r rune, size int) bool {
	return size > 0 && r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

func lastByte(s string) string { return s[max(len(s)-1, 0):] }

// HiddenIDs begins the ids that stand in for those of which nothing can be shown: an id
// must be an IRI.
const HiddenIDs = "urn:sluice:"

// Stored returns a stored article without secrets, its id included.
func (h *Hider) Stored(a Stored) Stored {
	if h.Empty() {
		return a
	}
	a.Article = h.Article(a.Article)
	if id := h.Text(a.ID); id != a.ID {
		a.ID = id
		if scheme, _, ok := strings.Cut(id, ":"); !ok || strings.Contains(scheme, Hidden) {
			a.ID = HiddenIDs + strconv.FormatUint(a.Seq, 10)
		}
	}
	return a
}

// Article returns the article without the secrets, in all that may be shown.
func (h *Hider) Article(a Article) Article {
	if h == nil {
		return a
	}
	for _, s := range []*string{
		&a.GUID, &a.URL, &a.Title, &a.Summary, &a.Content, &a.Language, &a.Image, &a.Comments,
	} {
		*s = h.Text(*s)
	}
	a.Authors, a.Categories, a.Enclosures, a.Links = slices.Clone(a.Authors), slices.Clone(a.Categories), slices.Clone(a.Enclosures), slices.Clone(a.Links)
	for i, p := range a.Authors {
		a.Authors[i] = Person{Name: h.Text(p.Name), Email: h.Text(p.Email), URL: h.Text(p.URL)}
	}
	for i, c := range a.Categories {
		a.Categories[i] = Category{Term: h.Text(c.Term), Scheme: h.Text(c.Scheme), Label: h.Text(c.Label)}
	}
	for i, e := range a.Enclosures {
		e.URL, e.Type, e.Title = h.Text(e.URL), h.Text(e.Type), h.Text(e.Title)
		a.Enclosures[i] = e
	}
	for i, l := range a.Links {
		a.Links[i] = Link{Rel: l.Rel, URL: h.Text(l.URL), Type: h.Text(l.Type), Title: h.Text(l.Title)}
	}
	a.Extensions = MapExtensions(a.Extensions, func(Extension) bool { return true }, h.Text)
	if o := a.Origin; o != nil {
		a.Origin = &Origin{ID: h.Text(o.ID), Title: h.Text(o.Title), URL: h.Text(o.URL), Link: h.Text(o.Link)}
	}
	return a
}
