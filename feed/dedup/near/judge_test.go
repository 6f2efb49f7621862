package near_test

import (
	"strings"
	"testing"
	"time"

	"sluice/feed/dedup/near"
)

// article is what a test writes: a title, and paragraphs.
type article struct {
	title string
	text  []string
}

func (a article) doc() near.Doc {
	return near.Prepare(a.title, "<p>"+strings.Join(a.text, "</p><p>")+"</p>")
}

// bridge is the article that the others are compared with.
var bridge = article{
	"Harbour bridge closes for two years of repairs",
	[]string{
		"NORTHPORT (AP) - The harbour bridge between Northport and the island of Skarra will close on Monday for repairs that engineers expect to take two years, the transport minister Helen Marsh said.",
		"Inspectors found cracks in 14 of the 36 steel hangers during a survey in the spring, and a second survey last month showed that three of them had grown by a hand's breadth.",
		"Some 21,000 vehicles cross the bridge on a working day. A ferry that carries 60 cars will run every twenty minutes from the old fish market, and the council has promised a bus lane along the quay.",
		"“Nobody closes a bridge with a light heart, but nobody wants to explain to a widow why it was left open,” Marsh told reporters beside the northern pier.",
		"Shopkeepers on Skarra fear for their trade. The baker Olaf Brandt said that two thirds of his customers come from the mainland, and that he would have to let one of his four apprentices go.",
		"The bridge was built in 1962 by the yard that also made the cranes of the container port. Its toll was abolished in 1989 after a campaign that brought down the island's mayor.",
	},
}

func (a article) with(title string, paragraphs ...string) article {
	return article{title, paragraphs}
}

func TestACopyIsFoundWhateverItsPublisherDidToIt(t *testing.T) {
	p := bridge.text
	for name, other := range map[string]article{
		"the same text":                               bridge,
		"another headline":                            bridge.with("Islanders face two years without their bridge", p...),
		"another dateline and a note at the end":      bridge.with(bridge.title, append([]string{"SKARRA, May 4 (Reuters) — " + p[0][17:]}, append(p[1:], "(With inputs from agencies)")...)...),
		"half of the paragraphs, in another order":    bridge.with("Cracks close Skarra bridge", p[3], p[1], p[0]),
		"the lead alone":                              bridge.with("Harbour bridge to close", p[0]),
		"the lead, cut within a number":               bridge.with("Harbour bridge to close", p[0]+" "+p[2][:strings.Index(p[2], "21,000")+4]+"…"),
		"the lead, cut within the sentence":           bridge.with("Harbour bridge to close", p[0][:120]+" […]"),
		"a lead of its own above the rest":            bridge.with("Skarra loses its bridge", append([]string{"Commuters on the west coast were told on Friday to look for another way to work."}, p[1:]...)...),
		"links, captions and offers between the text": bridge.with(bridge.title, p[0], "Photo: the bridge at dawn", p[1], "Also read: Ten bridges to see before they fall", p[2], p[3], "Subscribe to our newsletter for more", p[4]),
		"numbers in words":                            bridge.with(bridge.title, p[0], strings.Replace(p[1], "three of them", "3 of them", 1), strings.Replace(p[2], "21,000", "21000", 1), p[4]),
		"other quotation marks and apostrophes":       bridge.with(bridge.title, p[0], strings.ReplaceAll(p[1], "'", "’"), strings.NewReplacer("“", `"`, "”", `"`).Replace(p[3]), p[2], p[5]),
	} {
		t.Run(name, func(t *testing.T) {
			var j near.Judge
			v := j.Judge(bridge.doc(), other.doc(), near.Context{Apart: 3 * time.Hour})
			if !v.Copy {
				t.Errorf("%+v", v)
			}
			if back := j.Judge(other.doc(), bridge.doc(), near.Context{Apart: 3 * time.Hour}); back != v {
				t.Errorf("%+v one way, %+v the other", v, back)
			}
			if v.Score < v.Least {
				t.Errorf("accepted below what is asked for: %+v", v)
			}
			x := near.NewIndex(5, 0)
			x.Add(1, 0, bridge.doc().Sketch())
			if len(x.Query(other.doc().Sketch())) != 1 {
				t.Error("the index does not propose it")
			}
		})
	}
}

func TestAnArticleThatMerelyLooksAlikeIsRefusedForItsReason(t *testing.T) {
	p := bridge.text
	swap := strings.NewReplacer("Northport", "Eastmouth", "Skarra", "Hollin", "Helen Marsh", "Peter Quill", "Marsh", "Quill", "Olaf Brandt", "Nils Aker")
	count := strings.NewReplacer("14 of the 36", "9 of the 28", "three of", "five of", "21,000", "17,500", "60 cars", "45 cars", "1962", "1971", "1989", "1994")
	all := func(r *strings.Replacer) []string {
		var out []string
		for _, text := range p {
			out = append(out, r.Replace(text))
		}
		return out
	}
	puzzle := article{"Daily crossword No 4,411", []string{"Fill the grid so that every clue is answered, then compare your solution with the one that we print on the back page tomorrow."}}
	sale := func(title, what, where string) article {
		return article{title, []string{
			"The auction of fresh " + what + " begins at the quay when the boats are in. Bids are taken by hand, and " + where + " goes to whoever names most before the bell.",
			"Buyers bring their own boxes and ice. What is not fetched within an hour is sold again; the harbour office keeps the list and settles what is in dispute.",
		}}
	}
	result := article{"Rovers beat Athletic", []string{"Rovers won by three goals to one at home in front of a crowd that sang to the end."}}
	fire := article{"Firefighters called to garage fire in Elsing", []string{
		"Crews from Farrow Bay and Bexhaven were called at 10:10 on Sunday to a fire in Elsing. Two firefighters with breathing sets used a hose reel and a thermal camera to put it out.",
		"Nobody was hurt. The cause is thought to have been fat in a pan. The service asks all households to test their smoke alarms once a week.",
	}}
	hours := func(h int) near.Context { return near.Context{Apart: time.Duration(h) * time.Hour} }
	for name, test := range map[string]struct {
		a, b article
		c    near.Context
		want near.Reason
	}{
		"another text": {bridge, bridge.with("Ferry runs aground", "The car ferry to the outer islands ran aground in fog this morning; all of its passengers were taken off by the lifeboat."), hours(1), near.Different},
		"a report of one's own that quotes the same":    {bridge, bridge.with("Shops dread the closure", "Traders on the island met last night in the school hall to draw up a claim for the money that they expect to lose while the crossing is shut.", p[3], "The council will hear them next week, and a lawyer from the capital has offered to speak for them without a fee if the hearing is in public."), hours(1), near.Different},
		"other names in the same places":                {bridge, bridge.with(bridge.title, all(swap)...), hours(1), near.Names},
		"other numbers in the same places":              {bridge, bridge.with(bridge.title, all(count)...), hours(1), near.Numbers},
		"a number in words that differs, text short":    {result, result.with("Rovers beat Athletic", "Rovers won by four goals to one at home in front of a crowd that sang to the end."), hours(1), near.Numbers},
		"a name and a day in the same places":           {fire, fire.with("Firefighters called to flat fire in Farrow Bay", strings.NewReplacer("Farrow Bay and Bexhaven", "Corrie and Hythe Cross", "10:10 on Sunday", "13:10 on Tuesday", "Elsing", "Farrow Bay").Replace(fire.text[0]), strings.Replace(fire.text[1], "fat in a pan", "an electric fault", 1)), hours(5), near.Names},
		"the same few names, each in another place":     {fire, fire.with("Firefighters called to flat fire in Bexhaven", strings.NewReplacer("10:10 on Sunday", "10:10 on Friday", "Farrow Bay and Bexhaven", "Elsing and Farrow Bay", "fire in Elsing", "fire in Bexhaven").Replace(fire.text[0]), fire.text[1]), hours(5), near.Names},
		"a title that counts":                           {puzzle, puzzle.with("Daily crossword No 4,412", puzzle.text...), hours(24), near.Serial},
		"the same title on many days":                   {bridge, bridge, near.Context{Recurring: true}, near.Recurring},
		"one publisher, text cut":                       {bridge, bridge.with(bridge.title, p[0], p[1], p[2]), near.Context{SamePublisher: true}, near.Publisher},
		"one publisher, another title":                  {bridge, bridge.with("Islanders face years without a crossing", p...), near.Context{SamePublisher: true}, near.Publisher},
		"one publisher, two days later":                 {bridge, bridge, near.Context{SamePublisher: true, Apart: 48 * time.Hour}, near.Publisher},
		"one publisher, one document":                   {bridge, bridge, near.Context{SamePublisher: true, OneDocument: true}, near.Together},
		"one document of many publishers, text cut":     {bridge, bridge.with(bridge.title, p[0], p[1], p[2], p[3]), near.Context{OneDocument: true}, near.Together},
		"five days later":                               {bridge, bridge, hours(120), near.Late},
		"a short text after four days":                  {result, result, hours(90), near.Late},
		"one word of another report, and no title":      {sale("", "eels", "each lot"), sale("", "crabs", "each lot"), hours(1), near.Form},
		"one word of another report in each title too":  {sale("Eels on the quay", "eels", "each lot"), sale("Crabs on the quay", "crabs", "each lot"), hours(1), near.Form},
		"two words, and a title that says nothing":      {sale("Notes of the day", "eels", "the crate"), sale("Notes of the day", "crabs", "the basket"), hours(1), near.Form},
		"a title that has nothing to do with the other": {puzzle.with("Boats and harbours", puzzle.text...), puzzle.with("Kings of old", puzzle.text...), hours(1), near.Unsupported},
		"no text, and a short title":                    {article{title: "Morning briefing"}, article{title: "Morning briefing"}, hours(1), near.Different},
		"nothing at all":                                {article{}, article{}, hours(0), near.Different},
	} {
		t.Run(name, func(t *testing.T) {
			var j near.Judge
			v := j.Judge(test.a.doc(), test.b.doc(), test.c)
			if v.Copy || v.Reason != test.want {
				t.Errorf("%+v, want it refused for %q", v, test.want)
			}
			if back := j.Judge(test.b.doc(), test.a.doc(), test.c); back != v {
				t.Errorf("%+v one way, %+v the other", v, back)
			}
		})
	}
}

func TestOnePublisherRepeatsHimselfOnlyInFull(t *testing.T) {
	var j near.Judge
	c := near.Context{SamePublisher: true, Apart: 2 * time.Hour}
	if v := j.Judge(bridge.doc(), bridge.doc(), c); !v.Copy {
		t.Errorf("the same text twice: %+v", v)
	}
	planet := near.Context{OneDocument: true}
	if v := j.Judge(bridge.doc(), bridge.doc(), planet); !v.Copy {
		t.Errorf("two publishers in the document of a planet: %+v", v)
	}
}

func TestALongTitleIsEnoughWhereHardlyATextIs(t *testing.T) {
	title := "Minister resigns after leaked letters show talks with the gas company"
	var j near.Judge
	a, b := near.Prepare(title, ""), near.Prepare(title, "<p>Minister resigns.</p>")
	if v := j.Judge(a, b, near.Context{Apart: time.Hour}); !v.Copy || v.Reason != near.Title {
		t.Errorf("%+v", v)
	}
	if v := j.Judge(a, b, near.Context{Apart: 25 * time.Hour}); v.Copy || v.Reason != near.Late {
		t.Errorf("a day later: %+v", v)
	}
	x := near.NewIndex(5, 0)
	x.Add(7, 0, a.Sketch())
	if found := x.Query(b.Sketch()); len(found) != 1 || found[0].ID != 7 {
		t.Errorf("the index proposes %v", found)
	}
}

func TestShortTextsWithTitlesOfTheirOwnAreJudgedToTheirEnd(t *testing.T) {
	shared := "the bridge over the harbour was shut on account of a crack in its second pier"
	short := near.Prepare("Quokka zebra", "quokka zebra "+shared)
	long := near.Prepare("Walrus lemur", shared+", and a walrus and a lemur were seen beside it by all who stood on the quay with nothing else to do")
	var j near.Judge
	if v := j.Judge(short, long, near.Context{}); v.Copy || v.Score < v.Least {
		t.Errorf("%+v, want it refused for its titles", v)
	}
}

func TestTheSameWordsAreTheSameTextWhateverTheirMarkup(t *testing.T) {
	text := strings.Repeat("The bridge over the harbour was shut on Monday after divers found a crack. ", 4)
	plain := near.Prepare("Bridge shut", text)
	for what, tc := range map[string]struct {
		body string
		same bool
	}{
		"itself":             {text, true},
		"markup and case":    {"<p>" + strings.ToUpper(text[:75]) + "</p><div>" + text[75:] + "</div>", true},
		"one word is other":  {strings.Replace(text, "Monday", "Tuesday", 1), false},
		"another order":      {text[75:150] + "Divers. " + text[:75], false},
		"too short for that": {"The bridge is shut.", false},
	} {
		if got := plain.Sum() == near.Prepare("Another title", tc.body).Sum(); got != tc.same {
			t.Errorf("%s: same is %v", what, got)
		}
	}
	if short := near.Prepare("", "The bridge is shut."); short.Sum() != 0 {
		t.Error("a few words are called a text")
	}
}

func TestAnArticleBelongsToTheRootThatExplainsMostOfIt(t *testing.T) {
	brief := article{"Ferry fares rise", []string{"A crossing on the car ferry costs two crowns more from June, the company that runs it told the council last night; pensioners, schoolchildren and the postman go on as before, and the season ticket of the islanders keeps its price until the end of the year."}}
	copied := bridge.with("Skarra loses its bridge, and pays more for the ferry", bridge.text[0], brief.text[0], bridge.text[1], bridge.text[2], "The council meets again on Thursday.")
	var j near.Judge
	c := near.Context{Apart: time.Hour}
	of, ofBrief := j.Judge(copied.doc(), bridge.doc(), c), j.Judge(copied.doc(), brief.doc(), c)
	if !of.Copy || !ofBrief.Copy || ofBrief.Score <= of.Score {
		t.Fatalf("the test wants a copy of both, and all of the brief: %+v, %+v", of, ofBrief)
	}
	if of.Compare(ofBrief) >= 0 || ofBrief.Compare(of) <= 0 {
		t.Errorf("%+v is not before %+v", of, ofBrief)
	}
	whole, cut := near.Verdict{Score: 1, Shared: 50}, near.Verdict{Score: 0.8, Shared: 50}
	if whole.Compare(cut) >= 0 {
		t.Error("of equal ones the higher score is not before")
	}
}
