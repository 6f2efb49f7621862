package dedup

import (
	"cmp"
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
		if doc.Same(there) {
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

// Said returns the number of the article, of those that Join was given, which says the
// same as a new one under the same title, and was first seen not long before it; ok is
// false where there is none. It is found for longer than Copies finds it. The only
// errors are those of Load.
func Said(copies []Copy, at time.Time) (seq uint64, ok bool, err error) {
	for _, c := range copies { // in the order in which they came
		if c.Mark.Kind != KindText {
			continue
		}
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
