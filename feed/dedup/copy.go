package dedup

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
	"time"

	"sluice/feed"
	"sluice/feed/canonical"
	"sluice/feed/dedup/near"
)

// Root is the first article of a story, as one that a new article may be a copy of.
type Root struct {
	Identity uint64
	Context  near.Context
	// Load returns its text, made ready to be compared.
	Load func() (near.Doc, error)
}

// Found is a root that a new article is a copy of.
type Found struct {
	Identity uint64
	Joined   feed.Joined // without its time
	Sure     bool        // not by a hair
	verdict  near.Verdict
}

// sure is by how much a score must be above what was asked for, to be sure.
const sure = 0.05

// Copies returns those of the roots of stories that a new article is a copy of: the
// best first, and of equal ones the one that was given first. The only errors are
// those of Load.
func (j *Judge) Copies(doc near.Doc, roots []Root) ([]Found, error) {
	var found []Found
	for _, r := range roots {
		there, err := r.Load()
		if err != nil {
			return nil, err
		}
		v := j.near.Judge(doc, there, r.Context)
		if !v.Copy {
			continue
		}
		how := feed.HowNear
		if sum := doc.Sum(); sum != 0 && sum == there.Sum() {
			how = feed.HowText
		}
		found = append(found, Found{
			Identity: r.Identity,
			Joined:   feed.Joined{To: r.Identity, How: how, Reason: string(v.Reason), Score: v.Score},
			Sure:     v.Score >= v.Least+sure,
			verdict:  v,
		})
	}
	slices.SortStableFunc(found, func(a, b Found) int { return a.verdict.Compare(b.verdict) })
	return found, nil
}

// retelling is for how long the same text under the same title is the same story.
const retelling = 30 * 24 * time.Hour

// SaidMark is the mark of an article's title, by its digest, and words. ok is false of
// one without a title, and of one so short that two publishers may say the same.
func SaidMark(title uint64, doc near.Doc) (m Mark, ok bool) {
	said := doc.Sum()
	if title == 0 || said == 0 {
		return m, false
	}
	m.Kind = KindSaid
	binary.BigEndian.PutUint64(m.Sum[:], said^bits.RotateLeft64(title, 32))
	return m, true
}

// Said returns the number of the article, of those of other sources under the SaidMark
// of a new one, which was first seen not long before it; ok is false where there is
// none. It is found for longer than Copies finds it. The only errors are those of Load.
func Said(copies []Copy, at time.Time) (seq uint64, ok bool, err error) {
	for _, c := range copies { // in the order in which they came
		there, err := c.Load()
		if err != nil {
			return 0, false, err
		}
		if age := at.Sub(there.FirstSeen); age >= 0 && age <= retelling {
			return c.Seq, true, nil
		}
	}
	return 0, false, nil
}

// Publisher returns who published an article: the registrable domain of its address,
// without one that of the feed's own site, and only then that of host, at which the
// source is polled.
func Publisher(a feed.Article, site, host string) string {
	return cmp.Or(canonical.Publisher(a.URL), canonical.Publisher(site), host)
}
