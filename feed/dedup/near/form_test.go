package near_test

import (
	"fmt"
	"maps"
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
		who, what := r.person(), r.of("whales", "clocks", "bread", "maps", "tunnels")
		return article{fmt.Sprintf("Episode %d: %s on %s", r.n(10, 400), who, what), []string{
			fmt.Sprintf("This week we talk to %s about %s and what they teach us. Find us wherever you get your podcasts, leave a review and tell a friend.", who, what),
			"The show is produced by the studio on the quay, with music by the house band. Support us for a few pennies a month and hear each episode a day early and without advertisements.",
		}}
	},
}

// more are forms whose fixed part is long, or whose titles neither count nor repeat.
var more = map[string]form{
	"press releases of one firm": func(r filler) article {
		where, who := r.place(), r.person()
		news := []article{
			{"Ember Energy opens wind farm near " + where, []string{fmt.Sprintf("Ember Energy has opened a wind farm of %d turbines near %s. It feeds %d homes, and was built in %d months by a crew that lived on the site.", r.n(10, 90), where, r.n(1000, 90000), r.n(8, 40))}},
			{"Ember Energy names " + who + " finance chief", []string{fmt.Sprintf("%s will keep the books of Ember Energy from %s on. The new finance chief comes from %s and succeeds %s, who retires after %d years.", who, r.date(), r.firm(), r.person(), r.n(3, 30))}},
			{fmt.Sprintf("Ember Energy sells its grid in %s for $%d million", where, r.n(20, 900)), []string{fmt.Sprintf("The grid in %s goes to %s, which pays $%d million in cash. Customers keep their contracts and their numbers; bills change their letterhead in %d weeks.", where, r.firm(), r.n(20, 900), r.n(2, 30))}},
		}[r.IntN(3)]
		news.text = append(news.text,
			"About Ember Energy: Ember Energy makes power from wind, water and the sun on three continents and sells it to homes, farms and works. Founded by two brothers in a shed, the company employs people in forty countries and is listed on the exchange of the capital. More is told on its pages.",
			"This release holds statements that look ahead. Words such as expect, plan, aim and believe mark them. What happens may differ from what they say for many reasons, among them weather, law, prices and the doings of others, and the company takes no duty upon itself to bring them up to date.")
		return news
	},
	"software releases": func(r filler) article {
		v := fmt.Sprintf("%d.%d.%d", r.n(1, 9), r.n(0, 30), r.n(0, 20))
		return article{r.of("brush", "kettle", "lantern") + " " + v + " is out", []string{
			fmt.Sprintf("Version %s mends %d faults and brings %s. Users of version %d should read the notes before they update.", v, r.n(2, 60), r.of("dark colours", "faster start", "a new parser", "signed builds"), r.n(1, 9)),
			"Packages for all systems lie on the download page, with sums and signatures beside them. Thanks to all who sent reports and patches. Please file what you find in the tracker, one fault at a time, with the log.",
		}}
	},
	"security notices": func(r filler) article {
		lib := r.of("libpng", "openssl", "sqlite", "zlib", "curl", "expat")
		return article{fmt.Sprintf("SN-%d-%d: %s vulnerability", r.n(4000, 7000), r.n(1, 4), lib), []string{
			fmt.Sprintf("It was found that %s did not check the length of certain input. If a user opened a file that was made for it, an attacker could stop the program or run code with the rights of the user. (CVE-%d-%d)", lib, r.n(2019, 2027), r.n(1000, 60000)),
			"The fault is mended by the update that the table below names. In general a standard update of the system makes all changes that are needed; programs that use the library must be started again.",
		}}
	},
	"videos of one channel": func(r filler) article {
		return article{r.of("Fixing a gate", "How to sharpen an old saw", "The roof of the shed", "Painting a wooden boat", "Chairs for the garden", "What is in a clock case",
			"Our best glue of the year", "Cutting dovetails by hand", "Three planes compared", "A stool in an afternoon"), []string{
			"Welcome to the workshop! New films each week. If you like what we do, leave a comment and ring the bell so that you miss nothing. Tools that we use are listed on our page; some of the shops pay us when you buy there. Music by our neighbour. Filmed with a borrowed camera. Write to us, we read everything and answer most of it.",
		}}
	},
	"how the indexes closed": func(r filler) article {
		return article{"How the main share indexes closed on " + r.day(), []string{
			fmt.Sprintf("Shares ended %s on %s as traders weighed results. The broad index %s %d.%d points, or %d.%d%%, to %d.%02d. The index of the thirty largest %s %d points to %d.", r.of("higher", "lower", "mixed"), r.day(), r.of("rose", "fell"), r.n(2, 90), r.n(0, 9), r.n(0, 3), r.n(0, 9), r.n(3000, 5000), r.n(0, 99), r.of("gained", "lost"), r.n(20, 900), r.n(29000, 39000)),
			fmt.Sprintf("For the week the broad index is %s %d points. For the year it is up %d.%d%%.", r.of("up", "down"), r.n(4, 150), r.n(1, 20), r.n(0, 9)),
		}}
	},
	"winning numbers": func(r filler) article {
		return article{"The winning numbers of the evening draw", []string{
			fmt.Sprintf("The numbers of the evening draw on %s were %d, %d, %d, %d, %d and %d, with %d as the extra. Nobody had all of them, and $%d million go into the next draw. All statements are made without guarantee.", r.day(), r.n(1, 9), r.n(10, 18), r.n(19, 25), r.n(26, 33), r.n(34, 41), r.n(42, 49), r.n(1, 9), r.n(2, 90)),
		}}
	},
	"crashes": func(r filler) article {
		at := r.place()
		return article{fmt.Sprintf("Man, %d, dies in crash near %s", r.n(18, 90), at), []string{
			fmt.Sprintf("A man of %d died when his car left the road near %s on %s evening and struck a tree, the police said. He was alone in the car. The road was closed for %d hours.", r.n(18, 90), at, r.day(), r.n(2, 7)),
			"The police ask anyone who saw the crash or has film of it from a camera in the car to come forward. The family has been told and is looked after by trained officers.",
		}}
	},
	"election results": func(r filler) article {
		at := r.place()
		return article{"Election result: " + at, []string{
			fmt.Sprintf("%s holds %s with a majority of %d votes. %s came second with %d votes, ahead of %s with %d. Turnout was %d.%d%%.", r.person(), at, r.n(90, 20000), r.person(), r.n(3000, 19000), r.person(), r.n(300, 2900), r.n(40, 80), r.n(0, 9)),
			"Seats are counted as declared. The full list of candidates and the change in shares since the last election are on our results page, which is brought up to date through the night.",
		}}
	},
	"weather warnings": func(r filler) article {
		at := r.place()
		return article{r.of("Yellow", "Amber") + " warning of " + r.of("wind", "rain", "snow", "ice") + " for " + at, []string{
			fmt.Sprintf("The weather service has put out a warning for %s, valid from %d am on %s until %d pm. Gusts of up to %d miles an hour and %d millimetres of rain may fall in places.", at, r.n(1, 11), r.day(), r.n(1, 11), r.n(40, 90), r.n(10, 90)),
			"Journeys by road and rail may take longer, and power may fail for a while. Keep away from the shore and secure what the wind can carry off. Look at the map for how likely and how grave it is.",
		}}
	},
	"jobs": func(r filler) article {
		job := r.of("Reporter", "Baker", "Nurse", "Crane driver", "Librarian", "Ferry hand")
		return article{job + " wanted in " + r.place(), []string{
			fmt.Sprintf("We look for a %s for our team in %s, %d hours a week, at £%d.%d an hour. You start on %s.", job, r.place(), r.n(12, 40), r.n(9, 30), r.n(10, 90), r.date()),
			fmt.Sprintf("We offer a contract without end, %d days of leave and a canteen. We welcome all who apply, whatever their age, origin, faith or sex. Send your papers to %s; what you send is kept for six months and then destroyed.", r.n(24, 35), r.person()),
		}}
	},
}

// fewFacts are the forms in which chance writes nearly the same twice: there each
// report has a title of its own.
var fewFacts = map[string]bool{"press releases of one firm": true, "crashes": true, "videos of one channel": true, "a word each day": true}

// TestReportsOfOneFormAreNeverMerged writes what prices, matches and courts bring
// each day, every report by another publisher within two days. The forms are no
// copies of any that were measured with: what tells them apart must be general.
func TestReportsOfOneFormAreNeverMerged(t *testing.T) {
	all := maps.Clone(forms)
	maps.Copy(all, more)
	maps.Copy(all, series)
	for name, write := range all {
		t.Run(name, func(t *testing.T) {
			r := filler{rand.New(rand.NewPCG(1, 2))}
			var j near.Judge
			var docs []near.Doc
			var written []article
			said := map[string]bool{}
			for tries := 0; len(docs) < 40 && tries < 400; tries++ {
				a := write(r)
				key := a.title + a.text[0]
				if fewFacts[name] {
					key = a.title
				}
				if said[key] {
					continue
				}
				said[key] = true
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
				t.Errorf("%d of %d pairs", merged, len(docs)*(len(docs)-1)/2)
			}
		})
	}
}
