package config

import (
	"net/url"
	"strings"

	"sluice/feed"
)

// Hider returns what takes the source's secrets out of what its publisher says;
// nil where it has none. Its host is not hidden, even where that came from outside
// the file: the articles' own addresses would lead nowhere.
func (s Source) Hider() *feed.Hider {
	h := &feed.Hider{}
	address := s.URL.Reveal()
	if strings.ContainsAny(address, "@?") { // else there is neither a login nor a query in it
		h.AddAddress(address)
	}
	for _, part := range s.URL.outside {
		hidePart(h, part.Reveal(), address)
	}
	h.AddLogin(s.Auth.Username.Reveal(), s.Auth.Password.Reveal())
	h.Add(s.Auth.Bearer.Reveal())
	for name, value := range s.Headers {
		h.Add(value.Reveal())
		for _, credential := range credentials(name, value.Reveal()) {
			h.Add(credential)
		}
	}
	if h.Empty() {
		return nil
	}
	return h
}

// hidePart hides a part of the source's address that came from outside the file.
func hidePart(h *feed.Hider, part, address string) {
	u, err := url.Parse(address)
	if err == nil && strings.Contains(strings.ToLower(u.Host), strings.ToLower(part)) {
		return
	}
	if _, rest, ok := strings.Cut(part, "://"); ok {
		// Its publisher may write it with another scheme, or from the root.
		_, path, _ := strings.Cut(rest, "/")
		if len(path) < len("feeds/news.xml") && !strings.Contains(path, "?") {
			return // as many a feed's: nothing is told by it
		}
		h.AddWord(rest)
		part = path
	}
	h.AddWord(part)
}

// longCredential is the least length of a word of a header's value that is taken
// for a credential.
const longCredential = 8

// credentials are the words of a header's value that may be secret by themselves.
// What is asked of a server by these headers is no secret in parts.
func credentials(name, value string) []string {
	if strings.HasPrefix(name, "Accept") || name == "User-Agent" || name == "Referer" {
		return nil
	}
	var list []string
	for _, word := range strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(" ;,=\"", r) }) {
		if len(word) >= longCredential {
			list = append(list, word)
		}
	}
	return list
}
