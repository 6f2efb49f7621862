package bolt

import (
	"cmp"

	"sluice/feed"
	"sluice/feed/dedup"
	"sluice/feed/dedup/near"
	"sluice/storage/record"
)

// maxStory bounds how many identities a story has that another joins as a whole.
const maxStory = 64

// tell finds the story that a new article of a new identity belongs to: that of the
// root which it is the best copy of. If it is surely a copy of that and of others as
// well, their stories are one from now on. Without any it may still say what another
// said weeks ago. An article that joins none is the root of its own.
func (m *merge) tell(h record.Head) error {
	doc := near.Prepare(h.Stored.Title, h.Stored.Body())
	sketch := doc.Sketch()
	index, err := m.store.loaded(m.t, dayOf(m.at))
	if err != nil {
		return err
	}
	roots, err := m.roots(h, index.Query(sketch))
	if err != nil {
		return err
	}
	found, err := m.judge.Copies(doc, roots)
	if err != nil {
		return err
	}
	said, long := dedup.SaidMark(h.Digest.Title, doc)
	if len(found) == 0 {
		if long {
			if found, err = m.said(h, said); err != nil {
				return err
			}
		}
		// It has its text compared also where it joined what is too old for that.
		if err := m.store.enrol(m.t, h.Stored.Seq, dayOf(m.at), sketch); err != nil {
			return err
		}
	}
	if long {
		if err := m.t.offer(h.Stored.Seq, said); err != nil {
			return err
		}
	}
	if len(found) == 0 {
		return nil
	}
	m.merged.Duplicates++
	return m.joinStories(h.Stored.Seq, found)
}

// said finds what an article says again after weeks, by its mark.
func (m *merge) said(h record.Head, mark dedup.Mark) ([]dedup.Found, error) {
	copies, err := m.store.copies(m.t, m.num, mark)
	if err != nil {
		return nil, err
	}
	seq, ok, err := dedup.Said(copies, m.at)
	if err != nil || !ok {
		return nil, err
	}
	there, ok, err := m.t.head(seq)
	if err != nil || !ok {
		return nil, err
	}
	for _, one := range []record.Head{h, there} {
		if recurs, err := m.recurs(one); err != nil || recurs {
			return nil, err
		}
	}
	to := there.Stored.Identity
	return []dedup.Found{{Identity: to, Joined: feed.Joined{To: to, How: feed.HowText, Reason: "the same text", Score: 1}}}, nil
}

// roots are the candidates of an index, with what the texts do not tell of each.
func (m *merge) roots(h record.Head, candidates []near.Candidate) ([]dedup.Root, error) {
	if len(candidates) == 0 {
		return nil, nil
	}
	by := dedup.Publisher(h.Stored.Article, cmp.Or(m.d.State.Info.Link, m.src.State.Info.Link), m.store.claims.host(m.num))
	recurs, err := m.recurs(h)
	if err != nil {
		return nil, err
	}
	all := make([]dedup.Root, 0, len(candidates))
	for _, c := range candidates {
		root, ok, err := m.t.head(c.ID)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue // retention took it
		}
		theirs, err := m.publisher(root)
		if err != nil {
			return nil, err
		}
		recursThere, err := m.recurs(root)
		if err != nil {
			return nil, err
		}
		all = append(all, dedup.Root{
			Identity: c.ID,
			Context: near.Context{
				SamePublisher: by == theirs,
				Apart:         m.at.Sub(root.Stored.FirstSeen),
				OneDocument:   root.Source == m.num && m.decided[c.ID],
				Recurring:     recurs || recursThere,
			},
			Load: func() (near.Doc, error) { return m.store.docOf(m.t, c.ID) },
		})
	}
	return all, nil
}

// publisher is who published a stored article.
func (m *merge) publisher(h record.Head) (string, error) {
	if by := dedup.Publisher(h.Stored.Article, "", ""); by != "" {
		return by, nil
	}
	_, src, err := m.t.source(h.Source)
	return dedup.Publisher(h.Stored.Article, src.State.Info.Link, m.store.claims.host(h.Source)), err
}

// recurs reports whether an article's title comes back in its source on other days.
func (m *merge) recurs(h record.Head) (bool, error) {
	seen, err := m.t.recurrence(h.Source, h.Digest.Title)
	return seen.Recurs(dayOf(h.Stored.FirstSeen)), err
}

// joinStories enters a new identity into the story of the best that was found, and
// makes those of the others one with it of which it is surely a copy.
func (m *merge) joinStories(identity uint64, found []dedup.Found) error {
	was, err := m.t.story(found[0].Identity)
	if err != nil {
		return err
	}
	stories, is := []feed.Story{was}, was
	for _, f := range found[1:] {
		if !f.Sure || !found[0].Sure {
			continue // what is not surely of one story does not make two of them one
		}
		other, err := m.t.story(f.Identity)
		if err != nil {
			return err
		}
		if other.Root == is.Root || len(is.Joins)+len(other.Joins) > maxStory {
			continue
		}
		if apart, err := m.t.areApart(is, other); err != nil || apart {
			if err != nil {
				return err
			}
			continue
		}
		stories = append(stories, other)
		j := f.Joined
		j.At, j.Late, j.Via = m.at, true, identity
		is = dedup.Unite(is, other, j)
	}
	j := found[0].Joined
	j.At = m.at
	return m.t.putStory(dedup.Add(is, identity, j), stories...)
}
