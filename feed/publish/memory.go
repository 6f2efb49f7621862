package publish

import (
	"errors"
	"slices"
	"strings"

	"sluice/feed"
)

// answer is what a rule said of an article.
type answer uint64

// The answers. A rule that failed keeps nothing, and what it failed by is told.
const (
	unasked answer = iota
	kept
	dropped
	failed
)

// asker names the rules that are asked for an article.
type asker uint

// The rules, in the order in which they are asked.
const (
	bySource asker = iota // the source's own
	byOutput
	askers
)

// key is what the configuration calls the rule that is asked for an article of a source.
func (by asker) key(source feed.SourceID) string {
	if by == bySource {
		return "keep of source " + string(source)
	}
	return "keep"
}

// answerBits hold the answers of all rules; the rest of a number is the article's form.
const answerBits = 2 * uint(askers)

// memory remembers what rules answered, so that a build asks again only for what
// is new or was changed. It holds what the last build asked for and not more than
// its room: articles beyond that are asked for at each build.
type memory struct {
	room    int
	before  map[uint64]uint64 // by arrival number: the article's form, and the answers
	current map[uint64]uint64
	faults  map[string]sample // by rule

	refusals refusals
}

// sample is an article for which a rule has no answer. It stays the same while the
// rule does, so that the same trouble is told in the same words.
type sample struct {
	id  string
	err error
}

func newMemory(room int) *memory {
	return &memory{room: max(room, 0), faults: map[string]sample{}}
}

// begin prepares for a build. What the build before it remembered and this one
// does not ask for is forgotten at end.
func (m *memory) begin() {
	m.current = make(map[uint64]uint64, min(len(m.before)+1, m.room))
	m.refusals.begin()
}

func (m *memory) end() {
	m.before, m.current = m.current, nil
	m.refusals.end()
}

// recall returns a rule's answer, unasked where it is not known for the form that
// the article has now.
func (m *memory) recall(a feed.Stored, rule asker) answer {
	return answer(m.entry(a) >> (2 * uint(rule)) & 3)
}

// entry returns what is remembered of the article as it is now; its form alone
// where that is nothing.
func (m *memory) entry(a feed.Stored) uint64 {
	form := a.Form << answerBits
	for _, known := range []map[uint64]uint64{m.current, m.before} {
		if e, ok := known[a.Seq]; ok && e>>answerBits<<answerBits == form {
			return e
		}
	}
	return form
}

// keep remembers an answer. Of an article whose form is unknown nothing is.
func (m *memory) keep(a feed.Stored, rule asker, said answer) {
	if _, held := m.current[a.Seq]; a.Form == 0 || !held && len(m.current) >= m.room {
		return
	}
	m.current[a.Seq] = m.entry(a)&^(3<<(2*uint(rule))) | uint64(said)<<(2*uint(rule))
}

// fault counts the articles for which a rule has no answer.
type fault struct {
	articles map[uint64]bool
	sample
}

// note remembers that a rule has no answer for an article. err is nil where that
// was found by an earlier build.
func (c *chooser) note(rule string, a feed.Stored, err error) {
	f := c.faults[rule]
	if f == nil {
		f = &fault{articles: map[uint64]bool{}}
		c.faults[rule] = f
	}
	f.articles[a.Seq] = true
	known, ok := c.memory.faults[rule]
	if !ok {
		hide := c.infos[a.Source].Hide
		known = sample{hide.Text(a.ID), errors.New(hide.Text(err.Error()))}
		c.memory.faults[rule] = known
	}
	f.sample = known
}

// warnings says, a rule a line, how many articles were left out without an answer.
func (c *chooser) warnings() []Warning {
	var list []Warning
	for name, f := range c.faults {
		list = append(list, Warning{
			Of: name, Effect: "left out", Articles: len(f.articles), Example: f.id, Err: f.err,
		})
	}
	slices.SortFunc(list, func(a, b Warning) int { return strings.Compare(a.Of, b.Of) })
	return list
}
