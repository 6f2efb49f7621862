package parse

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxSample bounds the bytes that a guess looks at.
const maxSample = 16 << 10

// guess returns what is not UTF-8 as UTF-8, and the encoding that it was read
// as: the most probable that is possible.
func guess(body []byte) (text []byte, c charset) {
	best := byProbability(sampleOf(body), saidLanguages(body), false)
	for _, c := range best[:3] {
		if text, chars, bad := c.decode(body); bad*tolerance <= chars {
			return text, c
		}
	}
	text, _, _ = best[0].decode(body)
	return text, best[0]
}

// byProbability returns the encodings, the most probable for the sample first.
// Those of several bytes a character may be left out.
func byProbability(sample []byte, said []string, onlySingle bool) (best []charset) {
	scores := map[string]float64{}
	for i := range models() {
		m := &models()[i]
		if onlySingle && m.levels != nil {
			continue
		}
		score := m.prior + m.score(sample)
		for _, language := range strings.Fields(m.language) {
			if slices.Contains(said, language) {
				score += gainSaid
			}
		}
		top, seen := scores[m.charset.name]
		if !seen {
			best = append(best, m.charset)
			top = math.Inf(-1)
		}
		scores[m.charset.name] = max(top, score)
	}
	slices.SortStableFunc(best, func(a, b charset) int { return cmp.Compare(scores[b.name], scores[a.name]) })
	return best
}

// sampleOf collects the texts that have bytes beyond ASCII. What separates them,
// markup and ends of lines, is part of no wider character in any encoding.
func sampleOf(body []byte) []byte {
	var sample []byte
	for len(body) > 0 && len(sample) < maxSample {
		end := bytes.IndexAny(body, "<>\n")
		if end < 0 {
			end = len(body) - 1
		}
		if text := body[:end+1]; !isASCIIText(text) {
			sample = append(sample, text[:min(len(text), maxSample)]...)
		}
		body = body[end+1:]
	}
	return sample
}

// sampleOfForeign collects what in UTF-8 is not UTF-8, each with the letters of
// ASCII around it.
func sampleOfForeign(b []byte) []byte {
	var sample []byte
	for i := 0; i < len(b) && len(sample) < maxSample; {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		from, to := i, i
		for to < len(b) && b[to] >= utf8.RuneSelf {
			to++
		}
		i = to
		if !isForeign(b[from:to]) {
			continue
		}
		for from > 0 && isLetter(b[from-1]) {
			from--
		}
		for to < len(b) && isLetter(b[to]) {
			to++
		}
		if len(sample)+to-from < maxSample {
			sample = append(append(sample, b[from:to]...), ' ')
		}
	}
	return sample
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// saidLanguages returns the languages that a document names at its beginning.
func saidLanguages(body []byte) (codes []string) {
	head := bytes.ToLower(body[:min(len(body), 4096)])
	for _, before := range []string{"<language>", "xml:lang=\"", "xml:lang='"} {
		_, code, found := bytes.Cut(head, []byte(before))
		if code = bytes.TrimSpace(code); found && len(code) >= 2 {
			codes = append(codes, string(code[:2]))
		}
	}
	return codes
}
