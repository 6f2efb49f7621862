package dedup_test

import (
	"strings"
	"testing"
	"time"

	"sluice/feed/dedup"
	"sluice/feed/dedup/near"
)

func TestTheBestRootComesFirst(t *testing.T) {
	text := strings.Fields(`The harbour bridge will close on Monday for repairs that engineers expect to take two years and
		inspectors found cracks in many of its steel hangers during a survey in the spring and a second survey last month showed
		that some of them had grown by the breadth of a hand which is more than the rules of the state allow for any bridge`)
	brief := `A crossing on the ferry costs two crowns more from June as the company that runs it told the council last night
		and pensioners as well as schoolchildren and the postman go on to pay what they paid before this year`
	doc := near.Prepare("Bridge closed and ferry dearer", strings.Join(text[:50], " ")+" "+brief)
	root := func(identity uint64, title, text string) dedup.Root {
		return dedup.Root{
			Identity: identity,
			Context:  near.Context{Apart: time.Hour},
			Load:     func() (near.Doc, error) { return near.Prepare(title, text), nil },
		}
	}
	var j dedup.Judge
	found, err := j.Copies(doc, []dedup.Root{
		root(1, "Ferry dearer", brief),
		root(2, "Bridge closed", strings.Join(text, " ")),
		root(3, "Bridge closed", strings.Join(text, " ")),
		root(4, "Another matter", "The mayor opened a school."),
	})
	if err != nil {
		t.Fatal(err)
	}
	var order []uint64
	for _, f := range found {
		order = append(order, f.Identity)
	}
	if len(order) != 3 || order[0] != 2 || order[1] != 3 || order[2] != 1 {
		t.Errorf("in the order %v: %+v", order, found)
	}
	if found[0].Joined.Score >= found[2].Joined.Score {
		t.Error("the test wants a root with a higher score that explains less")
	}
}
