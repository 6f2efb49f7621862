package bolt

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"sluice/feed"
	"sluice/storage"
)

// TestADeliveryThatIsAppliedAgainIsTheSame lets another job of the transaction fail
// after deliveries of a source whose guids are doubted item by item, so that each is
// applied twice.
func TestADeliveryThatIsAppliedAgainIsTheSame(t *testing.T) {
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "sluice.db"), Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := s.SetSources(t.Context(), []feed.Source{{Name: "a", URL: "https://a.example/feed"}}); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	stored := 0
	for n := range 5 {
		at = at.Add(time.Hour)
		var doc []feed.Article
		for place := range 3 { // guids count places, and a story moves down
			story := n + 2 - place
			doc = append(doc, feed.Article{
				Source: "a", GUID: fmt.Sprint("item-", place), URL: fmt.Sprintf("https://a.example/%d", story),
				Title: fmt.Sprintf("Story of day%d", story), Content: fmt.Sprintf("<p>It was told%d that day%d by nobody%d else%d.</p>", story, story, story, story),
			})
		}
		c, err := s.ClaimSource(t.Context(), at, "a", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		a, err := s.arrive(t.Context(), &storage.Delivery{Claim: &c, At: at, Articles: doc, State: c.State, Authority: "x.example"})
		if err != nil {
			t.Fatal(err)
		}
		broken := errors.New("broken")
		jobs := []*job{newJob(a.apply), newJob(func(*txn) error { return broken })}
		if err := s.enqueue(t.Context(), jobs); err != nil {
			t.Fatal(err)
		}
		merged, err := a.end(jobs[0].wait(t.Context()))
		if err != nil {
			t.Fatal(err)
		}
		if err := jobs[1].wait(t.Context()); !errors.Is(err, broken) {
			t.Errorf("the other job: %v", err)
		}
		stored += merged.New
	}
	if stored != 7 {
		t.Errorf("%d articles of 7 stories", stored)
	}
}
