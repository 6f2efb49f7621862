package sanitize

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
)

// rel is what a link says of us and of the page it leads to. Feeds repeat what
// strangers wrote, in comments above all: no link is a recommendation.
const rel = "noopener noreferrer nofollow ugc"

// policy states once more, in the library's terms, what may be written. Only the
// list of names is shared with the writer; what values look like is said anew.
var policy = sync.OnceValue(func() *bluemonday.Policy {
	p, patterns := bluemonday.NewPolicy(), patterns()
	for _, name := range slices.Sorted(maps.Keys(elements)) {
		if elements[name].output != name {
			continue
		}
		p.AllowElements(name)
		p.AllowNoAttrs().OnElements(name)
		for _, key := range strings.Fields(elements[name].attrs) {
			if pattern := patterns[key]; pattern != nil {
				p.AllowAttrs(key).Matching(pattern).OnElements(name)
			} else {
				p.AllowAttrs(key).OnElements(name)
			}
		}
	}
	return p
})

// patterns are what the values of attributes look like that do something. The
// others are words for people and programs.
func patterns() map[string]*regexp.Regexp {
	number := regexp.MustCompile(`^[0-9]{1,5}$`)
	return map[string]*regexp.Regexp{
		"href":     regexp.MustCompile(`^(?i:https?://|mailto:)\S+$`),
		"cite":     regexp.MustCompile(`^(?i:https?://|mailto:)\S+$`),
		"src":      regexp.MustCompile(`^(?i:https?)://\S+$`),
		"poster":   regexp.MustCompile(`^(?i:https?)://\S+$`),
		"srcset":   regexp.MustCompile(`^(?i:https?)://[^\s,]+( [0-9.]+[wxh])?(, (?i:https?)://[^\s,]+( [0-9.]+[wxh])?)*$`),
		"rel":      regexp.MustCompile("^" + rel + "$"),
		"width":    number,
		"height":   number,
		"colspan":  number,
		"rowspan":  number,
		"span":     number,
		"start":    number,
		"value":    number,
		"controls": regexp.MustCompile(`^controls$`),
		"reversed": regexp.MustCompile(`^reversed$`),
		"open":     regexp.MustCompile(`^open$`),
		"dir":      regexp.MustCompile(`^(ltr|rtl|auto)$`),
		"align":    regexp.MustCompile(`^(left|right|center|justify)$`),
	}
}

// passes asks the library about the markup that the writer wrote, and reports
// whether it would write the same. Texts are not worth its time, which would be
// half of it: without a "<" they are nothing but text wherever the elements are
// allowed ones, and each "<" is asked about. Tags without attributes are the same
// again and again, and it has been asked about each of them before.
func passes(fragment string) bool {
	tags := markup(fragment)
	return tags == "" || judged(tags)
}

// judged asks the library about tags: it judges each by itself as long as all pass.
func judged(tags string) bool {
	c := comparison{rest: tags}
	err := policy().SanitizeReaderToWriter(strings.NewReader(tags), &c)
	return err == nil && c.rest == "" && !c.differs
}

// bare are the tags without attributes that the library lets pass, without their "<".
var bare = sync.OnceValue(func() map[string]bool {
	passed := map[string]bool{}
	for name := range elements {
		for _, tag := range []string{name + ">", "/" + name + ">"} {
			if judged("<" + tag) {
				passed[tag] = true
			}
		}
	}
	return passed
})

// markup returns a fragment without its texts and bare tags: all from each "<" to the
// next ">". A ">" that a value holds unescaped cuts the tag, and so fails it.
func markup(fragment string) string {
	var tags strings.Builder
	known := bare()
	for {
		start := strings.IndexByte(fragment, '<')
		if start < 0 {
			return tags.String()
		}
		fragment = fragment[start:]
		end := strings.IndexByte(fragment, '>') + 1
		if end == 0 {
			end = len(fragment)
		}
		if !known[fragment[1:end]] {
			tags.WriteString(fragment[:end])
		}
		fragment = fragment[end:]
	}
}

// comparison is a writer that keeps nothing: it compares what it is given with
// what it expects. The library escapes single quotes where we do not.
type comparison struct {
	rest    string // still expected
	differs bool
}

func (c *comparison) Write(p []byte) (int, error) { return c.WriteString(string(p)) }

func (c *comparison) WriteString(s string) (int, error) {
	n := len(s)
	if strings.HasPrefix(c.rest, s) {
		c.rest = c.rest[n:]
		return n, nil
	}
	for s != "" && !c.differs {
		got := s[:1]
		if strings.HasPrefix(s, "&#39;") && strings.HasPrefix(c.rest, "'") {
			got = s[:5]
		} else if !strings.HasPrefix(c.rest, got) {
			c.differs = true
			break
		}
		s, c.rest = s[len(got):], c.rest[1:]
	}
	return n, nil
}
