package near_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/feed/dedup/near"
)

func (r filler) price() string { return fmt.Sprintf("%d.%02d", r.n(2, 400), r.n(0, 100)) }

func (r filler) hour() string { return fmt.Sprintf("%d:%02d", r.n(6, 23), 5*r.n(0, 12)) }

// notices are forms in which little differs, and that in few words: each instance is
// an article of its own all the same.
var notices = map[string]form{
	"pollen counts": func(r filler) article {
		at := r.place()
		return article{"Pollen count: " + r.of("high", "low", "moderate") + " in " + at + " on " + r.day(), []string{
			fmt.Sprintf("The count of %s pollen in %s stands at %d grains in a cubic metre of air on %s, which is %s for the time of year, the hay fever service of the university says.", r.of("grass", "birch", "plane", "nettle"), at, r.n(5, 400), r.day(), r.of("high", "low", "usual")),
			fmt.Sprintf("Sufferers should keep windows shut until %s, wear glasses out of doors and dry their washing inside. The next count is given out tomorrow at %s.", r.hour(), r.hour()),
		}}
	},
	"auctions of bonds": func(r filler) article {
		years, worth := r.of("two", "five", "seven", "ten", "thirty"), r.n(10, 70)
		return article{fmt.Sprintf("Treasury sells $%d billion of %s-year notes", worth, years), []string{
			fmt.Sprintf("The treasury sold $%d billion of %s-year notes on %s at a yield of %d.%03d percent. Investors bid for %d.%02d times what was offered, against %d.%02d times on average at the last six sales.", worth, years, r.day(), r.n(1, 6), r.n(0, 999), r.n(2, 3), r.n(0, 99), r.n(2, 3), r.n(0, 99)),
			fmt.Sprintf("Indirect bidders, a class that holds foreign central banks, took %d percent. Direct bidders took %d percent. Primary dealers, which must bid at each sale, were left with %d percent.", r.n(50, 75), r.n(10, 25), r.n(5, 25)),
		}}
	},
	"callouts of the fire brigade": func(r filler) article {
		at := r.place()
		return article{"Firefighters called to " + r.of("kitchen", "barn", "garage", "flat", "car", "chimney") + " fire in " + at, []string{
			fmt.Sprintf("Crews from %s and %s were called at %s on %s to a fire in %s. Two firefighters with breathing sets used a hose reel and a thermal camera to put it out.", r.place(), r.place(), r.hour(), r.day(), at),
			fmt.Sprintf("Nobody was hurt. The cause is thought to have been %s. The service asks all households to test their smoke alarms once a week.", r.of("an electric fault", "a cigarette", "a candle", "fat in a pan", "a dryer")),
		}}
	},
	"grants": func(r filler) article {
		who, at := r.of("museum", "library", "swimming pool", "rowing club", "choir", "bus museum"), r.place()
		worth := r.n(10, 900)
		return article{fmt.Sprintf("%s %s given £%d,000 by heritage fund", at, who, worth), []string{
			fmt.Sprintf("The %s in %s has been awarded £%d,000 by the heritage fund for %s. Work begins in %s and is to last %d months.", who, at, worth, r.of("a new roof", "a lift", "heating", "an archive", "a workshop"), r.of("spring", "summer", "autumn", "winter"), r.n(2, 30)),
			fmt.Sprintf("%s, who leads it, said that the award was wonderful news for all who had worked for it for %d years. The fund uses money that was raised by players of the national lottery.", r.person(), r.n(2, 20)),
		}}
	},
	"bargains": func(r filler) article {
		what := r.of("headphones", "a vacuum cleaner", "a coffee machine", "a tablet", "a television", "an air fryer", "running shoes")
		now, saved := r.n(20, 400), r.n(10, 300)
		return article{fmt.Sprintf("Save $%d on %s today", saved, what), []string{
			fmt.Sprintf("Right now you can buy %s for just $%d, down from $%d, at the big warehouse. That is the lowest price that we have seen this year.", what, now, now+saved),
			"We choose what we write about without regard to who pays us. If you buy through a link on this page we may earn a commission, which helps to pay for our tests. Prices were right when this was written and may have changed since.",
		}}
	},
	"prices of coins": func(r filler) article {
		coin := r.of("Bitcoin", "Ether", "Ripple", "Solana", "Cardano", "Litecoin")
		way, by := r.of("risen", "fallen"), r.n(2, 19)
		return article{fmt.Sprintf("%s has %s %d%% in the past 24 hours", coin, way, by), []string{
			fmt.Sprintf("Over the past 24 hours the price of %s has %s %d.%02d%% to $%s. It has been in a %s trend over the past week, moving from $%s to its present price.", coin, way, by, r.n(0, 99), r.price(), r.of("rising", "falling"), r.price()),
			fmt.Sprintf("The volume of trade has %s %d%% over the week, while the supply in circulation has grown by %d.%d%%. By market value the coin now ranks number %d. This text was made by a program and was looked over by an editor.", r.of("climbed", "dropped"), r.n(3, 90), r.n(0, 2), r.n(0, 9), r.n(1, 40)),
		}}
	},
	"sentences": func(r filler) article {
		who, at := r.person(), r.place()
		return article{r.of("Burglar", "Drug dealer", "Thief", "Fraudster", "Arsonist") + " from " + at + " jailed", []string{
			fmt.Sprintf("%s, %d, of %s in %s, was jailed for %d months at the crown court on %s after pleading guilty to %s.", who, r.n(19, 70), r.of("Mill Lane", "Station Road", "Quarry Hill", "Castle Gate"), at, r.n(8, 96), r.day(), r.of("burglary", "dealing in drugs", "theft", "fraud", "arson")),
			fmt.Sprintf("Detective %s said after the hearing: “This sentence shows that we will not stand for such crimes in our communities. I thank the victims for their courage and hope that they can now move on.”", r.person()),
		}}
	},
	"ships that call": func(r filler) article {
		ship := r.of("Aurora", "Borealis", "Celestyal", "Diadem", "Empress", "Fortuna", "Galatea") + " " + r.of("of the Seas", "Star", "Dream", "Voyager")
		return article{"Cruise ship " + ship + " in port on " + r.day(), []string{
			fmt.Sprintf("The %s calls at %s on %s with %d passengers and a crew of %d. She ties up at berth %d at %s and sails at %s for %s.", ship, r.place(), r.day(), r.n(400, 5000), r.n(200, 1900), r.n(1, 9), r.hour(), r.hour(), r.place()),
			"Shuttle buses run from the quay to the market square every quarter of an hour. Residents are asked to leave the car parks along the front to coaches on that day.",
		}}
	},
	"what is on television": func(r filler) article {
		day := r.day()
		show := func() string {
			return r.of("The Bake House", "Harbour Blues", "Night Shift", "Gardens of the North", "Quiz of the Week", "The Long Valley", "Coast", "Doctor Finch")
		}
		return article{"What to watch on " + day, []string{
			fmt.Sprintf("%s, channel %d, %s. %s meets %s, and nothing is as it was.", show(), r.n(1, 9), r.hour(), r.person(), r.person()),
			fmt.Sprintf("%s, channel %d, %s. A new series begins in which %s goes to %s to find out.", show(), r.n(1, 9), r.hour(), r.person(), r.place()),
			fmt.Sprintf("Film of the night: %s, channel %d, %s. All times are local; channels may change their programme at short notice.", show(), r.n(1, 9), r.hour()),
		}}
	},
	"ratings of bonds": func(r filler) article {
		firm, what := r.of("Abernethy", "Bolton", "Cresswell", "Dunbar", "Elphinstone", "Forsyth", "Gillespie", "Haldane", "Innes", "Jardine")+" "+r.of("Steel", "Foods", "Water", "Homes"), r.of("raised", "cut", "affirmed")
		return article{"Rating of " + firm + " " + what, []string{
			fmt.Sprintf("The agency has %s the long-term issuer rating of %s at “%s”. The outlook is %s.", what, firm, r.of("AA minus", "A plus", "BBB plus", "BBB", "BB minus"), r.of("stable", "negative", "positive")),
			fmt.Sprintf("The action reflects our view that the ratio of debt to earnings will stay %s %d.%d over the next two years. Liquidity is adequate: sources of cash exceed uses by a factor of %d.%d.", r.of("above", "below"), r.n(1, 6), r.n(0, 9), r.n(1, 3), r.n(0, 9)),
			"Certain terms that are used in this report have specific meanings which are ascribed to them in our criteria and should be read together with them. Complete ratings are at the disposal of subscribers on our site.",
		}}
	},
	"traffic": func(r filler) article {
		road := fmt.Sprintf("M%d", r.n(2, 90))
		return article{road + " closed after crash near " + r.place(), []string{
			fmt.Sprintf("The %s is closed %sbound between junctions %d and %d after a crash of %d vehicles at about %s. Queues go back %d miles.", road, r.of("north", "south", "east", "west"), r.n(1, 15), r.n(16, 40), r.n(2, 9), r.hour(), r.n(2, 12)),
			fmt.Sprintf("Traffic is diverted by the A%d. The motorway is not likely to open again before %s. We bring this page up to date as we learn more.", r.n(100, 900), r.hour()),
		}}
	},
}

// unique are the notices of which nobody gives out two on one matter within two days.
var unique = map[string]bool{"ratings of bonds": true}

// editionsOf returns what other publishers make of an article.
func editionsOf(a article, r filler) map[string]article {
	whole := strings.Join(a.text, " ")
	return map[string]article{
		"as it is":          a,
		"another headline":  {r.of("In brief: ", "Just in: ", "From the wires: ") + a.title, a.text},
		"a dateline":        {a.title, append([]string{strings.ToUpper(r.place()) + ", " + r.date() + " (AP) - " + a.text[0]}, a.text[1:]...)},
		"a note at the end": {a.title, append(a.text[:len(a.text):len(a.text)], "Also read: "+r.of("Ten things to do this weekend", "Our recipe of the day"))},
		"the lead":          {a.title, a.text[:1]},
		"without its end":   {a.title, []string{whole[:strings.LastIndex(whole[:len(whole)*4/5], " ")] + " […]"}},
	}
}

// TestNoticesAreToldApartAndTheirCopiesAreFound writes notices, each by a publisher of
// its own within two days, and lets each copy be compared with its own notice and with
// all others.
func TestNoticesAreToldApartAndTheirCopiesAreFound(t *testing.T) {
	for name, write := range notices {
		t.Run(name, func(t *testing.T) {
			r := filler{rand.New(rand.NewPCG(uint64(len(name)), 9))}
			var written []article
			var docs []near.Doc
			for said := map[string]bool{}; len(docs) < 24; {
				a := write(r)
				if key := a.title[:strings.LastIndex(a.title, " ")]; !unique[name] || !said[key] {
					written, docs = append(written, a), append(docs, a.doc())
					said[key] = true
				}
			}
			var j near.Judge
			merged, missed, copies, pairs := 0, map[string]int{}, 0, 0
			for i, a := range written {
				all := editionsOf(a, r)
				for _, kind := range slices.Sorted(maps.Keys(all)) {
					c := all[kind]
					d := c.doc()
					for k := range docs {
						v := j.Judge(d, docs[k], near.Context{Apart: time.Duration(r.IntN(48)) * time.Hour})
						switch {
						case i == k:
							copies++
							if !v.Copy {
								missed[kind+": "+string(v.Reason)]++
							}
						case v.Copy:
							if merged++; merged <= 2 {
								t.Errorf("%s: %+v\n%v\n%v", kind, v, c, written[k])
							}
						}
						pairs++
					}
				}
			}
			t.Logf("%d of %d pairs merged; of %d copies missed %v", merged, pairs-copies, copies, missed)
			lost := 0
			for _, n := range missed {
				lost += n
			}
			if 20*lost > copies {
				t.Errorf("of %d copies %d are missed: %v", copies, lost, missed)
			}
		})
	}
}
