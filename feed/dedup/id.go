package dedup

import (
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"sluice/feed"
)

// maxID bounds the ids that are taken over from publishers, in bytes. Longer
// ones burden every reader that keeps them.
const maxID = 1024

// schemes are registered schemes (IANA, URI Schemes) that publishers make ids of.
var schemes = map[string]bool{
	"http": true, "https": true, "urn": true, "tag": true, "info": true, "ni": true, "did": true,
	"acct": true, "cid": true, "mid": true, "ftp": true, "gemini": true, "gopher": true,
	"ipfs": true, "ipns": true, "magnet": true, "mailto": true, "news": true, "nntp": true, "xmpp": true,
}

// IsIRI reports whether a guid may serve as an id everywhere: an absolute IRI of
// a registered scheme (RFC 3987) without a blank, a control character, a quote
// or anything else that some format would have to change.
func IsIRI(guid string) bool {
	if len(guid) > maxID || !utf8.ValidString(guid) || strings.ContainsAny(guid, "<>\"'{}|\\^`") {
		return false
	}
	for _, r := range guid {
		if unicode.IsSpace(r) || !unicode.IsGraphic(r) {
			return false
		}
	}
	scheme, rest, ok := strings.Cut(guid, ":")
	scheme = strings.ToLower(scheme)
	if !ok || rest == "" || !schemes[scheme] || strings.Count(rest, "#") > 1 {
		return false
	}
	u, err := url.Parse(guid)
	if err != nil {
		return false
	}
	switch scheme {
	case "http", "https", "ftp", "gemini", "gopher":
		return u.Hostname() != ""
	case "urn", "tag": // urn:NID:NSS, tag:AUTHORITY,DATE:SPECIFIC
		before, after, ok := strings.Cut(rest, ":")
		return ok && before != "" && after != "" && (scheme == "urn" || strings.Contains(before, ","))
	}
	return true
}

// ID chooses the id of a new article: the publisher's guid where it can be one
// and no stored article has it, else a tag (RFC 4151) in the name of authority,
// the host of the operator's base address, made from the strongest mark
// that is the article's own. It is chosen once: the store keeps it whatever the publisher does later.
// An error is that of taken, which looks an id up.
func ID(it Item, authority string, year int, taken func(id string) (bool, error)) (string, error) {
	if IsIRI(it.Article.GUID) {
		there, err := taken(it.Article.GUID)
		if err != nil || !there {
			return it.Article.GUID, err
		}
	}
	sum := it.first().Sum
	first := feed.Tag(authority, year, string(it.Article.Source)+"/"+hex.EncodeToString(sum[:]))
	id := first
	for n := 2; ; n++ {
		there, err := taken(id)
		if err != nil || !there {
			return id, err
		}
		id = fmt.Sprintf("%s-%d", first, n)
	}
}
