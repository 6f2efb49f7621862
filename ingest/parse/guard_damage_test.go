//go:build !race

package parse_test

import (
	"reflect"
	"strings"
	"testing"

	"sluice/feed"
)

// TestGuardADamagedByteCostsNoMoreThanItsItem flips bits of each byte, and replaces it
// by each of some that mean something. Nothing fails for it, nothing is invented, and items that stand
// whole before the damage are what they were.
func TestGuardADamagedByteCostsNoMoreThanItsItem(t *testing.T) {
	for name, body := range sound {
		t.Run(name, func(t *testing.T) {
			whole, err := try(body)
			if err != nil {
				t.Fatal(err)
			}
			ends := itemEnds(body)
			for n := range len(body) {
				flipped := []string{string([]byte{body[n] ^ 1}), string([]byte{body[n] ^ 0x20}), string([]byte{body[n] ^ 0x80})}
				for _, c := range append(flipped, "<", ">", "&", "\"", "/", "\x00", "\xff", "{", "]", " ") {
					damaged := body[:n] + c + body[n+1:]
					doc, err := try(damaged)
					if err != nil {
						if strings.Contains(err.Error(), "parser failed") || len(ends) > 0 && ends[0] <= n {
							t.Fatalf("%q for %q behind %q: %v", c, body[n], tail(body[:n]), err)
						}
						continue
					}
					if len(doc.Articles) > len(whole.Articles) {
						t.Fatalf("%q for %q behind %q: %d articles", c, body[n], tail(body[:n]), len(doc.Articles))
					}
					checkBefore(t, ends, n, doc.Articles, whole.Articles, c, tail(body[:n]))
				}
			}
		})
	}
}

// itemEnds are the places behind the items of a document in XML, and of one in JSON
// whose items begin with their id.
func itemEnds(body string) []int {
	var ends []int
	for _, tag := range []string{"</item>", "</entry>", "},", "}]}"} {
		for at := 0; ; {
			i := strings.Index(body[at:], tag)
			if i < 0 {
				break
			}
			at += i + len(tag)
			ends = append(ends, at)
		}
	}
	return ends
}

func checkBefore(t *testing.T, ends []int, n int, got, want []feed.Article, c, behind string) {
	t.Helper()
	for i, end := range ends {
		if end > n {
			return
		}
		if i >= len(got) || !reflect.DeepEqual(got[i], want[i]) {
			t.Fatalf("%q behind %q: item %d is lost or changed", c, behind, i)
		}
	}
}
