package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"

	"sluice/feed/publish"
)

// Token is the SHA-256 digest of a token. The token itself is known to its holder
// alone.
type Token [sha256.Size]byte

// Output is a configured output as it is now.
type Output struct {
	// Document is the newest build; nil while there is none yet.
	Document *publish.Document
	// Tokens are those of which a request must bring one (?token=…) to learn that
	// there is such an output; none: it is open to everybody.
	Tokens []Token
}

// private reports whether the output is for those alone who hold a token.
func (o Output) private() bool { return len(o.Tokens) > 0 }

// caching is the Cache-Control of an answer about the output. What takes a token
// must not stay in a cache that others use.
func (o Output) caching(policy string) string {
	if rest, ok := strings.CutPrefix(policy, "public"); ok && o.private() {
		return "private" + rest
	}
	return policy
}

// nobody holds this digest, which is not one of a known text.
var nobody = []Token{{}}

// admit looks up an output for a request. It is the one door to all addresses of an
// output: where ok is false, the answer must be the one for an output that does not
// exist, in status, headers and bytes. Who asks for an unknown output is also asked
// for a token, so that time tells no more than the answer does.
func (s *site) admit(r *http.Request, name string) (out Output, ok bool) {
	out, ok = s.outputs.Output(name)
	if !ok {
		out = Output{Tokens: nobody}
	}
	if out.private() && !holds(out.Tokens, token(r)) {
		return Output{}, false
	}
	return out, ok
}

// holds reports whether a token is one of those with the given digests. It takes as
// long for a wrong one as for a right one.
func holds(digests []Token, token string) bool {
	brought := Token(sha256.Sum256([]byte(token)))
	found := 0
	for i := range digests {
		found |= subtle.ConstantTimeCompare(digests[i][:], brought[:])
	}
	return found == 1
}

// token is the token that a request brings; empty: none.
func token(r *http.Request) string {
	for parameter := range strings.SplitSeq(r.URL.RawQuery, "&") {
		if value, ok := strings.CutPrefix(parameter, "token="); ok {
			plain, err := url.QueryUnescape(value)
			if err != nil {
				return ""
			}
			return plain
		}
	}
	return ""
}

// key is what the links of a page or a feed must end in to work for the holder of the
// token that it was asked for with; empty where the output is open.
func (o Output) key(r *http.Request) string {
	if !o.private() {
		return ""
	}
	return "?token=" + url.QueryEscape(token(r))
}

// listed are the outputs that everybody may know of.
func (s *site) listed() []Listed {
	var open []Listed
	for _, l := range s.outputs.List() {
		if !l.Private {
			open = append(open, l)
		}
	}
	return open
}
