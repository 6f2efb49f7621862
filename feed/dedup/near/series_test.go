package near_test

import (
	"fmt"
	"strings"
)

// The facts of these forms are none that the others use.

func (r filler) town() string {
	return r.of("Ashbourne", "Berwick", "Clevedon", "Dorking", "Evesham", "Filey", "Grantham", "Hexham", "Ilkley", "Kendal", "Ludlow", "Malvern", "Newquay", "Oakham", "Penrith", "Ripon", "Selby", "Thirsk")
}

func (r filler) woman() string {
	return r.of("Alice", "Beatrix", "Carmen", "Dorothea", "Elena", "Fatima", "Gudrun", "Hannah", "Ines", "Joan") + " " +
		r.of("Abbott", "Bianchi", "Castellane", "Dufour", "Eriksen", "Fairfax", "Grimaldi", "Hargreaves", "Iveson", "Jansen")
}

func (r filler) street() string {
	return r.of("Mill Lane", "Station Road", "Church Street", "High Street", "Quarry Hill", "Park Avenue", "Bridge Street", "Castle Gate", "The Green", "Orchard Close")
}

func (r filler) company() string {
	return r.of("Altair", "Boreal", "Citadel", "Deltora", "Equinox", "Fairmont", "Glacier", "Horizon", "Ivanhoe", "Juniper", "Keystone", "Lattice") + " " +
		r.of("Pharma", "Semiconductor", "Logistics", "Holdings", "Networks", "Minerals", "Foods", "Therapeutics")
}

func (r filler) team() string {
	return r.town() + " " + r.of("United", "Rovers", "City", "Town", "Athletic", "Albion", "Wanderers")
}

func (r filler) clock() string { return fmt.Sprintf("%d.%02dpm", r.n(1, 12), 5*r.n(0, 12)) }

// some returns so many different results of a call, joined.
func (r filler) some(n int, sep string, call func() string) string {
	var list []string
	for tries := 0; len(list) < n && tries < 50*n; tries++ {
		if s := call(); !strings.Contains(strings.Join(list, "|"), s) {
			list = append(list, s)
		}
	}
	return strings.Join(list, sep)
}

func (r filler) film() string {
	return r.of("The Glass Harbour", "A Winter in Lisbon", "Night Ferry", "Seven Lanterns", "The Orchard Thief", "Paper Moons", "Kingdom of Salt", "Little Comets", "The Last Tram", "Blue Meridian", "Hounds of March", "Ottoline")
}

func (r filler) gift() string {
	return r.of("cot mattress", "electric kettle", "hair dryer", "garden swing", "phone charger", "pressure cooker", "bicycle helmet", "desk lamp", "fan heater", "travel cot")
}

// series are forms that were written without a look at the rules: notices, lists and
// releases that share more words than they have of their own.
var series = map[string]form{
	"films of the week": func(r filler) article {
		at := r.town()
		return article{"What's on at the " + r.of("Rex", "Regal", "Plaza", "Odeon") + " in " + at, []string{
			fmt.Sprintf("Showing from %s: %s (certificate %d) daily at %s and %s; %s at %s; late show of %s on %s only.", r.day(), r.film(), r.n(12, 19), r.clock(), r.clock(), r.film(), r.clock(), r.film(), r.day()),
			"Tickets can be booked online or bought at the door half an hour before each performance. Concessions are available for students, pensioners and members. The bar opens an hour before the first show.",
		}}
	},
	"own shares bought": func(r filler) article {
		f := r.company()
		return article{f + " plc: Transaction in Own Shares", []string{
			fmt.Sprintf("%s plc announces that on %s it purchased for cancellation %d,%03d of its ordinary shares of 10p each through its broker on the London market, in accordance with the authority granted by shareholders at the annual general meeting.", f, r.date(), r.n(10, 900), r.n(0, 999)),
			fmt.Sprintf("Highest price paid per share: %d.%02dp. Lowest price paid per share: %d.%02dp. Volume weighted average price: %d.%04dp.", r.n(300, 900), r.n(0, 99), r.n(300, 900), r.n(0, 99), r.n(300, 900), r.n(0, 9999)),
			fmt.Sprintf("Following the cancellation of these shares the company has %d,%03d,%03d ordinary shares in issue with voting rights. This figure may be used by shareholders as the denominator for the calculations by which they determine whether they are required to notify their interest in the company.", r.n(100, 900), r.n(0, 999), r.n(0, 999)),
		}}
	},
	"line-ups": func(r filler) article {
		a, b := r.team(), r.team()
		eleven := func() string {
			return r.some(11, ", ", func() string { _, s, _ := strings.Cut(r.woman(), " "); return s + r.of("", "son", "ley", "by") })
		}
		return article{"Confirmed line-ups: " + a + " v " + b, []string{
			fmt.Sprintf("The teams are in for today's match at %s's ground, where kick-off is at %s.", a, r.clock()),
			fmt.Sprintf("%s: %s. Substitutes: %s.", a, eleven(), r.some(3, ", ", func() string { _, s, _ := strings.Cut(r.woman(), " "); return s })),
			fmt.Sprintf("%s: %s. Referee: %s.", b, eleven(), r.woman()),
		}}
	},
	"law firms that look for investors": func(r filler) article {
		f := r.company()
		ticker := strings.ToUpper(f[:3])
		return article{fmt.Sprintf("DEADLINE ALERT: %s, Inc. investors with losses are urged to contact the firm before %s", f, r.date()), []string{
			fmt.Sprintf("The law firm of Harker and Stone reminds investors that a class action lawsuit has been filed on behalf of shareholders of %s, Inc. (NASDAQ: %s) who bought the company's securities between %s and %s.", f, ticker, r.date(), r.date()),
			"If you suffered a loss on your investment and would like to serve as lead plaintiff, you must move the court no later than the deadline. A lead plaintiff is a representative party who acts on behalf of other class members in directing the litigation. Your ability to share in any recovery does not require that you serve as lead plaintiff.",
			fmt.Sprintf("According to the complaint, defendants made false and misleading statements and failed to disclose that %s. When the truth emerged, the price of the shares fell and investors suffered damages.", r.of("demand for its main product had fallen", "its internal controls were weak", "a trial had failed", "it had counted sales twice", "a large customer had left")),
			"Harker and Stone has recovered hundreds of millions of dollars for investors. The firm is known for its experience in securities class actions. Attorney advertising. Prior results do not guarantee a similar outcome. To join the action, fill in the form on our site or call the number below free of charge.",
		}}
	},
	"market research for sale": func(r filler) article {
		what := r.of("Smart Meter", "Vegan Cheese", "Drone Battery", "Hospital Bed", "Wood Pellet", "Cold Chain", "Dental Laser", "Fibre Cement", "Pet Insurance", "Rail Coupling", "Sea Freight", "Solar Pump")
		return article{fmt.Sprintf("%s Market to Reach USD %d.%d Billion by %d", what, r.n(2, 90), r.n(0, 9), r.n(2028, 2036)), []string{
			fmt.Sprintf("The global %s market was valued at USD %d.%d billion and is projected to grow at a compound annual rate of %d.%d%% over the forecast period, according to a new report.", strings.ToLower(what), r.n(1, 40), r.n(0, 9), r.n(3, 15), r.n(0, 9)),
			"The report offers a detailed analysis of market size, share, trends, drivers, restraints and opportunities, with a breakdown by product, application and region. It profiles the leading players and their strategies, among them mergers, product launches and partnerships. Request a sample copy to understand the structure of the complete report.",
			fmt.Sprintf("North America held the largest share in the base year, while Asia Pacific is expected to register the fastest growth owing to %s. The study covers historic data, a forecast for each segment and the impact of recent regulation on suppliers and buyers.", r.of("rapid building", "rising incomes", "public spending", "an ageing population")),
		}}
	},
	"recalls": func(r filler) article {
		what, f := r.gift(), r.company()
		return article{fmt.Sprintf("%s recalls %s", f, what), []string{
			fmt.Sprintf("%s is recalling about %d,%03d units of a %s sold at shops and online between %s and %s because of a risk of %s.", f, r.n(2, 90), r.n(0, 999), what, r.date(), r.date(), r.of("fire", "electric shock", "burns", "choking", "injury")),
			fmt.Sprintf("The recall covers model number %s-%d. The firm has received %d reports of incidents. Consumers should immediately stop using the recalled product and contact the company for a full refund or a free replacement.", strings.ToUpper(what[:2]), r.n(100, 9999), r.n(2, 80)),
		}}
	},
	"parish notices": func(r filler) article {
		at := r.town()
		return article{"Parish notes from St " + r.of("Mary", "John", "Anne", "Luke", "Giles") + "'s, " + at, []string{
			fmt.Sprintf("Holy communion on Sunday is at %d am, with %s at the organ. Evensong is at %s. The coffee morning takes place in the hall on %s as usual; cakes and helpers are always welcome.", r.n(8, 12), r.woman(), r.clock(), r.day()),
			fmt.Sprintf("The flower rota for the month is with %s. The collection last week came to £%d.%02d. We pray for the sick of the parish, and for all who mourn.", r.woman(), r.n(90, 900), r.n(0, 99)),
		}}
	},
	"flight delays": func(r filler) article {
		return article{fmt.Sprintf("Passengers delayed at %s airport", r.town()), []string{
			fmt.Sprintf("Passengers on flight %s%d from %s to %s were held up for %d hours on %s after a technical fault was found before departure.", r.of("AX", "BL", "CT"), r.n(100, 999), r.town(), r.town(), r.n(3, 14), r.day()),
			"A spokesperson for the airline said: “We apologise to our customers for the inconvenience. The safety of passengers and crew is always our first priority. Refreshments and hotel rooms were provided.”",
		}}
	},
	"auctions": func(r filler) article {
		thing := r.of("clock", "landscape", "vase", "necklace", "letter", "violin", "chair", "globe")
		return article{fmt.Sprintf("%s fetches £%d,000 at %s sale", strings.ToUpper(thing[:1])+thing[1:], r.n(2, 400), r.town()), []string{
			fmt.Sprintf("A %s from the %dth century sold for £%d,%03d at auction in %s on %s, well above its estimate of £%d,000 to £%d,000.", thing, r.n(15, 20), r.n(20, 400), r.n(0, 999), r.town(), r.day(), r.n(2, 9), r.n(10, 19)),
			fmt.Sprintf("The buyer, who bid by telephone, wishes to remain anonymous. %s, who led the sale, said that bidding was brisk and that the saleroom was full for the first time in years.", r.woman()),
		}}
	},
	"plans handed in": func(r filler) article {
		at := r.town()
		return article{"Planning applications in " + at + " this week", []string{
			fmt.Sprintf("Single storey rear extension at %d %s, %s. Reference %d/%05d. Change of use from shop to flat at %d %s. Reference %d/%05d. Fell one %s at %d %s. Reference %d/%05d.",
				r.n(1, 120), r.street(), at, r.n(24, 27), r.n(0, 99999), r.n(1, 120), r.street(), r.n(24, 27), r.n(0, 99999), r.of("oak", "ash", "lime"), r.n(1, 120), r.street(), r.n(24, 27), r.n(0, 99999)),
			"Comments on these applications can be made online or in writing within 21 days. The full plans can be seen at the council offices during opening hours.",
		}}
	},
	"charts of books": func(r filler) article {
		title := func() string {
			return r.of("The Salt Path", "Ash and Ember", "Midnight Library", "A Gentle Art", "Northern Light", "Every Other Sunday", "The Keeper", "Low Tide", "House of Owls", "Small Things", "The Winter Guest", "Far Fields") + " by " + r.woman()
		}
		return article{"Bestsellers: " + r.of("fiction", "non-fiction", "children", "crime") + ", week of " + r.date(), []string{
			"The bestselling titles of the week, as counted in independent shops, with the position of last week in brackets and the number of weeks in the list.",
			r.some(8, fmt.Sprintf(" (%d, %d). ", r.n(1, 9), r.n(1, 30)), title) + ".",
			"The list is compiled from sales reported by shops in all regions. Titles with fewer than a hundred copies are left out.",
		}}
	},
	"episodes of one programme": func(r filler) article {
		who := r.woman()
		return article{fmt.Sprintf("Episode %d: %s on %s", r.n(20, 400), who, r.of("bees", "bridges", "debt", "sleep", "salt", "forests", "maps", "silence")), []string{
			fmt.Sprintf("This week our guest is %s, the author of %s. We talk about %s, %s, and what comes next.", who, r.film(), r.of("childhood", "failure", "work", "luck"), r.of("the sea", "money", "music", "fame")),
			"Subscribe wherever you get your podcasts and leave us a review; it helps others to find the show. Our theme is by the Lowland Players. The show is produced by Tin Roof and made possible by listeners like you. If you would like to support us, become a member and hear each episode two days early and without advertisements.",
		}}
	},
	"a word each day": func(r filler) article {
		w := r.of("lambent", "petrichor", "quixotic", "sonder", "ebullient", "halcyon", "liminal", "mellifluous", "nebulous", "opaque", "pellucid", "redolent")
		return article{"Word of the Day: " + w, []string{
			fmt.Sprintf("%s, adjective. %s. Did you know? The word came into English from %s in the %dth century.", w, r.of("Softly bright or radiant", "Pleasant to hear", "Vague or ill-defined", "Full of energy", "Calm and golden", "Clear in style", "Impractical"), r.of("Latin", "Greek", "French", "Spanish"), r.n(14, 20)),
			"See the entry in the dictionary, build your vocabulary with our quiz and get the word of the day in your inbox each morning.",
		}}
	},
	"directors' dealings": func(r filler) article {
		f, who := r.company(), r.woman()
		return article{fmt.Sprintf("%s %s sells %d,%03d shares", f, r.of("director", "chief", "insider"), r.n(2, 90), r.n(0, 999)), []string{
			fmt.Sprintf("%s insider %s sold %d,%03d shares of the company's stock in a transaction on %s. The shares were sold at an average price of $%d.%02d, for a total value of $%d,%03d.%02d.", f, who, r.n(2, 90), r.n(0, 999), r.day(), r.n(20, 300), r.n(0, 99), r.n(100, 900), r.n(0, 999), r.n(0, 99)),
			fmt.Sprintf("Following the completion of the transaction, the insider now directly owns %d,%03d shares in the company. The transaction was disclosed in a document filed with the commission, which is available through this link. The company has a market capitalisation of $%d.%02d billion and a price-to-earnings ratio of %d.%02d. Several analysts have commented on the stock in recent notes to investors.", r.n(10, 900), r.n(0, 999), r.n(1, 90), r.n(0, 99), r.n(8, 60), r.n(0, 99)),
		}}
	},
	"races": func(r filler) article {
		horse := func() string {
			return r.of("Silver", "Copper", "Royal", "Lucky", "Misty", "Gallant", "Winter", "Desert") + " " + r.of("Arrow", "Dancer", "Prince", "Lass", "Breeze", "Jewel", "Knight", "Echo")
		}
		return article{"Racing results from " + r.town(), []string{
			fmt.Sprintf("2.10: 1 %s (%d-1), 2 %s (%d-1), 3 %s (%d-4). 2.45: 1 %s (%d-2), 2 %s (%d-1), 3 %s (evens). 3.20: 1 %s (%d-1), 2 %s (%d-2), 3 %s (%d-1).",
				horse(), r.n(3, 30), horse(), r.n(3, 30), horse(), r.n(5, 20), horse(), r.n(3, 12), horse(), r.n(3, 30), horse(), horse(), r.n(3, 30), horse(), r.n(3, 30), horse(), r.n(3, 30)),
			fmt.Sprintf("Going: %s. Placepot: £%d.%02d. Quadpot: £%d.%02d. All distances are approximate.", r.of("good", "soft", "firm", "good to soft"), r.n(10, 900), r.n(0, 99), r.n(2, 90), r.n(0, 99)),
		}}
	},
	"health inspections": func(r filler) article {
		name := r.of("Golden Fry", "Blue Lagoon", "Bella Cucina", "Corner Cafe", "Royal Spice", "Harbour Grill", "Old Bakery", "Green Olive")
		return article{fmt.Sprintf("Food hygiene ratings handed to %d %s establishments", r.n(2, 9), r.town()), []string{
			fmt.Sprintf("%s, at %d %s, was given a score of %d after assessment on %s, the food standards agency's website shows.", name, r.n(1, 200), r.street(), r.n(0, 6), r.date()),
			fmt.Sprintf("It means that of %s's %d restaurants, cafes and canteens with ratings, %d (%d%%) have ratings of five and %d have zero ratings.", r.town(), r.n(40, 400), r.n(30, 300), r.n(40, 95), r.n(0, 6)),
		}}
	},
	"fund prices": func(r filler) article {
		f := r.company()
		return article{f + " Trust: Net Asset Value", []string{
			fmt.Sprintf("The unaudited net asset value per share of %s Trust at close of business on %s, including current year revenue, was %d.%02dp.", f, r.date(), r.n(80, 900), r.n(0, 99)),
			"The net asset value is calculated in accordance with the guidelines of the association of investment companies. For further information please contact the company secretary.",
		}}
	},
}
