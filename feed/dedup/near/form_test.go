package near_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"sluice/feed/dedup/near"
)

// form is a kind of report that is written anew each day with other facts. Every
// call makes another report.
type form func(r filler) article

// filler chooses facts.
type filler struct{ *rand.Rand }

func (r filler) of(list ...string) string { return list[r.IntN(len(list))] }
func (r filler) n(from, to int) int       { return from + r.IntN(to-from) }
func (r filler) place() string {
	return r.of("Arlow", "Bexhaven", "Corrie", "Dunmoor", "Elsing", "Farrow Bay", "Glenholt", "Hythe Cross", "Inverlea", "Jarrow Hill", "Kestrel Point", "Lomond Bridge")
}

func (r filler) person() string {
	return r.of("Anna", "Bert", "Clara", "David", "Edith", "Frank", "Greta", "Hugo") + " " +
		r.of("Ashdown", "Brewer", "Carver", "Dunne", "Ellwood", "Fisher", "Garland", "Holt")
}

func (r filler) day() string {
	return r.of("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
}

func (r filler) date() string {
	return fmt.Sprint(r.of("January", "March", "April", "June", "July", "September", "November"), " ", r.n(1, 29))
}

func (r filler) firm() string {
	return r.of("Aldgate Motors", "Birch Foods", "Cobalt Mining", "Dover Steel", "Ember Energy", "Fulcrum Bank", "Granite Re", "Halcyon Air")
}

var forms = map[string]form{
	"exchange rates": func(r filler) article {
		return article{"Exchange rates for " + r.date(), []string{
			fmt.Sprintf("The crown closed at %d.%02d to the dollar on %s, against %d.%02d in the session before, the central bank said in its daily bulletin.", r.n(5, 9), r.n(0, 99), r.day(), r.n(5, 9), r.n(0, 99)),
			fmt.Sprintf("The euro traded at %d.%02d and the pound at %d.%02d. Dealers said that trade was thin and that importers bought on dips.", r.n(7, 10), r.n(0, 99), r.n(9, 12), r.n(0, 99)),
		}}
	},
	"tides": func(r filler) article {
		at := r.place()
		return article{"Tide times at " + at + " on " + r.date(), []string{
			fmt.Sprintf("High water at %s is at %d:%02d am and %d:%02d pm, with heights of %d.%d and %d.%d metres above chart datum.", at, r.n(1, 12), r.n(10, 60), r.n(1, 12), r.n(10, 60), r.n(2, 6), r.n(0, 9), r.n(2, 6), r.n(0, 9)),
			"Swimmers and walkers should keep away from the rocks for an hour before and after. Times are given by the harbour master and may differ in strong winds.",
		}}
	},
	"football results": func(r filler) article {
		a, b := r.place()+" "+r.of("United", "Rovers", "City"), r.place()+" "+r.of("Town", "Athletic", "Albion")
		return article{fmt.Sprintf("%s %d-%d %s: match report", a, r.n(0, 5), r.n(0, 5), b), []string{
			fmt.Sprintf("%s and %s met on %s in front of a crowd of %d. %s scored after %d minutes and %s made it safe in the second half.", a, b, r.day(), r.n(1200, 40000), r.person(), r.n(2, 44), r.person()),
			fmt.Sprintf("The home side stay %dth in the table with %d points from %d games. The return match is played in the spring.", r.n(4, 20), r.n(8, 60), r.n(10, 34)),
		}}
	},
	"roadworks": func(r filler) article {
		at := r.place()
		return article{"Roadworks this week in " + at, []string{
			fmt.Sprintf("Drivers in %s face delays on the A%d from %s, when one lane is closed for resurfacing between junctions %d and %d.", at, r.n(2, 99), r.day(), r.n(1, 9), r.n(10, 30)),
			fmt.Sprintf("Temporary lights stay in place until %s. The council said that work is done between %d am and %d pm and that access to homes is kept open at all times.", r.date(), r.n(5, 10), r.n(2, 8)),
		}}
	},
	"earthquakes in a paragraph": func(r filler) article {
		at := r.place()
		return article{"Quake felt near " + at, []string{
			fmt.Sprintf("A tremor of magnitude %d.%d was felt on %s near %s. Its centre lay %d km below the ground. Nobody was hurt, the geological service said.", r.n(2, 7), r.n(0, 9), r.day(), at, r.n(3, 90)),
		}}
	},
	"results of firms": func(r filler) article {
		f := r.firm()
		return article{fmt.Sprintf("%s: profit %s %d%%", f, r.of("up", "down"), r.n(2, 80)), []string{
			fmt.Sprintf("%s said on %s that its net profit was $%d million in the quarter, against $%d million in the same quarter of last year.", f, r.day(), r.n(10, 900), r.n(10, 900)),
			fmt.Sprintf("Sales were $%d million. The board proposes a dividend of %d cents. Shares of the company were traded at $%d.%02d, and the chief executive %s said that the outlook is unchanged.", r.n(1000, 9000), r.n(5, 90), r.n(5, 200), r.n(0, 99), r.person()),
		}}
	},
	"deaths": func(r filler) article {
		who, at := r.person(), r.place()
		return article{"Obituary: " + who, []string{
			fmt.Sprintf("%s, of %s, died peacefully at home on %s at the age of %d, surrounded by family and friends.", who, at, r.date(), r.n(60, 101)),
			fmt.Sprintf("The funeral service is held at the parish church of %s on %s at %d am. The family asks for donations to the hospice instead of flowers.", at, r.day(), r.n(9, 12)),
		}}
	},
	"horoscopes": func(r filler) article {
		sign := r.of("Aries", "Taurus", "Gemini", "Cancer", "Leo", "Virgo", "Libra", "Scorpio")
		return article{sign + " today: your stars for " + r.date(), []string{
			sign + ", the moon looks kindly on you today. " + r.of("Money comes in.", "A letter brings news.", "Somebody thinks of you.") + " " + r.of("Rest more.", "Trust your nose.", "Say what you want.") + " The evening belongs to friends.",
			fmt.Sprintf("Your number is %d and your colour is %s. Our astrologer reads the sky each morning; come back tomorrow and see what the planets hold for you and for those whom you love.", r.n(1, 90), r.of("red", "green", "blue", "yellow")),
		}}
	},
	"live logs": func(r filler) article {
		return article{fmt.Sprintf("Strike at the ports: day %d, as it happened", r.n(2, 400)), []string{
			fmt.Sprintf("This page followed the strike at the ports through %s. Go to today's page for the latest.", r.day()),
			fmt.Sprintf("In short: %s met the union for %d hours; %d ships lay at anchor; %s called for patience. Read on for each event with its time, the newest first.", r.person(), r.n(2, 12), r.n(4, 60), r.person()),
		}}
	},
	"puzzles": func(r filler) article {
		return article{fmt.Sprintf("Sudoku %d, %s", r.n(1000, 9999), r.of("easy", "medium", "hard")), []string{
			"Put the digits into the grid so that each row, each column and each square of nine holds every one of them once. The solution is printed on the next working day.",
		}}
	},
	"homes for sale": func(r filler) article {
		at := r.place()
		return article{fmt.Sprintf("House with %d bedrooms for sale in %s", r.n(2, 7), at), []string{
			fmt.Sprintf("This house in %s is on the market for £%d,000. It has %d bedrooms, %d bathrooms and a garden of %d square metres that faces south.", at, r.n(150, 990), r.n(2, 7), r.n(1, 4), r.n(80, 900)),
			fmt.Sprintf("The station is %d minutes away on foot. Viewings are by appointment with %s, who can be reached at the agency's office between nine and five.", r.n(3, 25), r.person()),
		}}
	},
	"court lists": func(r filler) article {
		who, at := r.person(), r.place()
		return article{fmt.Sprintf("%s driver banned after breath test", at), []string{
			fmt.Sprintf("%s, %d, of %s, was banned from driving for %d months by magistrates on %s after admitting driving with %d micrograms of alcohol in 100 millilitres of breath.", who, r.n(19, 70), at, r.n(12, 36), r.day(), r.n(36, 140)),
			fmt.Sprintf("The legal limit is 35. The court ordered the defendant to pay a fine of £%d, costs of £85 and a surcharge.", r.n(120, 900)),
		}}
	},
	"share tips of a press service": func(r filler) article {
		f := r.firm()
		return article{fmt.Sprintf("Analysts set %s target price at $%d", f, r.n(20, 300)), []string{
			fmt.Sprintf("%s was given a target price of $%d.00 by analysts at %s in a research note that was issued to investors on %s. The brokerage currently has a %s rating on the stock.", f, r.n(20, 300), r.firm(), r.day(), r.of("buy", "hold", "sell")),
			fmt.Sprintf("Shares of the company opened at $%d.%02d. The firm has a fifty day moving average of $%d.%02d and a market capitalisation of $%d.%02d billion. Hedge funds have lately added to or reduced their stakes in the business.", r.n(20, 300), r.n(0, 99), r.n(20, 300), r.n(0, 99), r.n(1, 90), r.n(0, 99)),
		}}
	},
	"missing people": func(r filler) article {
		who, at := r.person(), r.place()
		return article{"Police appeal for help to find missing " + at + " teenager", []string{
			fmt.Sprintf("Police are concerned for the welfare of %s, %d, who was last seen in %s at about %d pm on %s.", who, r.n(12, 18), at, r.n(1, 12), r.day()),
			fmt.Sprintf("The teenager is described as %d feet %d inches tall, of slim build, with %s hair, and was wearing a %s coat. Anyone with information is asked to call the police and to quote log %d.", r.n(4, 6), r.n(1, 12), r.of("brown", "black", "fair"), r.of("red", "blue", "grey"), r.n(100, 1200)),
		}}
	},
	"podcasts": func(r filler) article {
		return article{fmt.Sprintf("Episode %d: %s on %s", r.n(10, 400), r.person(), r.of("whales", "clocks", "bread", "maps", "tunnels")), []string{
			fmt.Sprintf("This week we talk to %s about %s and what they teach us. Find us wherever you get your podcasts, leave a review and tell a friend.", r.person(), r.of("whales", "clocks", "bread", "maps", "tunnels")),
			"The show is produced by the studio on the quay, with music by the house band. Support us for a few pennies a month and hear each episode a day early and without advertisements.",
		}}
	},
}

// TestReportsOfOneFormAreNeverMerged writes what prices, matches and courts bring
// each day, every report by another publisher within two days. The forms are no
// copies of any that were measured with: what tells them apart must be general.
func TestReportsOfOneFormAreNeverMerged(t *testing.T) {
	for name, write := range forms {
		t.Run(name, func(t *testing.T) {
			r := filler{rand.New(rand.NewPCG(1, 2))}
			var j near.Judge
			var docs []near.Doc
			var written []article
			said := map[string]bool{}
			for len(docs) < 40 {
				a := write(r)
				if said[a.title+a.text[0]] {
					continue // chance wrote it twice
				}
				said[a.title+a.text[0]] = true
				docs, written = append(docs, a.doc()), append(written, a)
			}
			merged := 0
			for i := range docs {
				for k := range i {
					v := j.Judge(docs[i], docs[k], near.Context{Apart: time.Duration(r.IntN(48)) * time.Hour})
					if v.Copy {
						merged++
						if merged <= 2 {
							t.Errorf("%+v\n%v\n%v", v, written[i], written[k])
						}
					}
				}
			}
			if merged > 0 {
				t.Errorf("%d of %d pairs", merged, 40*39/2)
			}
		})
	}
}
