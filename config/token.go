package config

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// tokensField is the key of an output's tokens.
func tokensField(dst *[]Secret) field {
	f := list("tokens", dst, tokenDigest)
	f.secret = true
	return f
}

// Digests are the SHA-256 digests of the tokens of which a request for the output must
// bring one; none: the output is open to everybody.
func (o Output) Digests() [][sha256.Size]byte {
	var all [][sha256.Size]byte
	for _, token := range o.Tokens {
		var digest [sha256.Size]byte
		if n, err := hex.Decode(digest[:], []byte(token.Reveal())); err == nil && n == len(digest) { // as tokenDigest left it
			all = append(all, digest)
		}
	}
	return all
}

// shortToken is the least length of a token, in bytes, that nothing is said about.
const shortToken = 16

// tokenDigest reads a token as the hexadecimal form of its digest. In the file itself
// only that may stand, so that the file does not open the output. What comes from a
// file or a variable is that digest, also as sha256sum prints it, or the token.
func tokenDigest(v value) (Secret, bool) {
	v.secret = true
	s, ok := v.scalar("a token's SHA-256 digest")
	if !ok || !v.oneLine(s) {
		return Secret{}, false
	}
	digest := strings.ToLower(strings.TrimSuffix(s.text, "  -"))
	switch raw, err := hex.DecodeString(digest); {
	case err == nil && len(raw) == sha256.Size:
	case !s.derived:
		v.fail("want a token's SHA-256 digest, 64 hexadecimal digits as `printf %%s TOKEN | sha256sum` prints, or {file: PATH}")
		return Secret{}, false
	default:
		digest = digestOf(s.text)
		if len(s.text) < shortToken {
			v.warn("a token as short as this can be guessed; `openssl rand -hex 16` makes one that cannot")
		}
	}
	if digest == digestOf("") {
		v.fail("it is the digest of no token at all, which would let everybody in")
		return Secret{}, false
	}
	return NewSecret(digest), true
}

func digestOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
