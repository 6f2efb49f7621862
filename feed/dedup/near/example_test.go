package near_test

import (
	"fmt"
	"time"

	"sluice/feed/dedup/near"
)

// What a store does with each new article: it asks the index which roots of stories
// may be the same, makes their Docs from their stored texts, lets a judge decide, and
// takes the best. Only an article that joins no story is added to the index.
func Example() {
	type stored struct {
		title, body, publisher string
		seen                   time.Time
	}
	day := func(t time.Time) uint32 { return uint32(t.Unix() / 86400) }
	noon := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	articles := []stored{
		{"Harbour bridge shut", "<p>The bridge over the harbour was shut on Monday after divers found a crack in its second pier, the mayor said.</p><p>Buses will go round by the old road until a steel collar is in place, which takes a month.</p>", "north.example", noon},
		{"Crack closes bridge", "<p>NORTHPORT (AP) - The bridge over the harbour was shut on Monday after divers found a crack in its second pier, the mayor said. […]</p>", "south.example", noon.Add(time.Hour)},
		{"Ferry fares rise", "<p>A crossing costs two crowns more from June, the company that runs the ferry told the council last night.</p>", "north.example", noon.Add(2 * time.Hour)},
	}

	index := near.NewIndex(5, 1000)
	var judge near.Judge
	for id, a := range articles {
		doc := near.Prepare(a.title, a.body)
		sketch := doc.Sketch()
		joined, best := uint64(0), near.Verdict{}
		for _, c := range index.Query(sketch) {
			root := articles[c.ID]
			v := judge.Judge(doc, near.Prepare(root.title, root.body), near.Context{
				SamePublisher: a.publisher == root.publisher,
				Apart:         a.seen.Sub(root.seen).Abs(),
			})
			if v.Copy && v.Compare(best) < 0 {
				joined, best = c.ID, v
			}
		}
		if !best.Copy {
			index.Add(uint64(id), day(a.seen), sketch)
			continue
		}
		fmt.Printf("%q is a copy of %q: %s, %.0f %%\n", a.title, articles[joined].title, best.Reason, 100*best.Score)
	}
	fmt.Println(index.Len(), "stories")
	// Output:
	// "Crack closes bridge" is a copy of "Harbour bridge shut": lead, 100 %
	// 2 stories
}
