package bolt

import (
	"context"

	"sluice/feed"
	"sluice/feed/dedup"
)

// LookUps returns what looks all items of documents up that a source of the store has sent,
// as a delivery of them would, and says how many were found.
func LookUps(s *Store, docs map[feed.SourceID][]feed.Article) func(ctx context.Context) (found int, err error) {
	items := map[feed.SourceID][]dedup.Item{}
	for name, doc := range docs {
		items[name] = dedup.Prepare(feed.IdentityAuto, doc)
	}
	return func(ctx context.Context) (found int, err error) {
		err = s.view(ctx, func(t *txn) error {
			for name, doc := range items {
				src, _, err := t.sourceNamed(name)
				if err != nil {
					return err
				}
				for _, it := range doc {
					l, err := s.look(t, src.Num, it)
					if err != nil {
						return err
					}
					found += min(len(l.found), 1)
				}
			}
			return nil
		})
		return found, err
	}
}
