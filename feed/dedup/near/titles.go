package near

// recurringDays is on how many other days a feed has brought an article of the same
// title, from which on the title says nothing: a column, a daily summary.
const recurringDays = 2

// titleDays is for how long a title is remembered at least: a weekly column is known
// at its third issue.
const titleDays = 30

// Titles knows which titles come back in a feed. It holds a bounded number of them;
// beyond it those that were not seen for longest are forgotten, and such a title is
// no obstacle until it has come back twice again. It is built again after a restart
// by noting the stored articles in the order in which they came. Titles are for one
// goroutine.
type Titles struct {
	most    int
	since   uint32 // the first day of recent
	recent  map[titleKey]titleSeen
	earlier map[titleKey]titleSeen
}

type titleKey struct{ feed, title uint64 }

// titleSeen is the last day on which a title was seen, and on how many days it was.
type titleSeen struct {
	day  uint32
	days uint32
}

// NewTitles returns a Titles that holds at most so many titles, of all feeds
// together: some 50 bytes each.
func NewTitles(most int) *Titles {
	return &Titles{most: max(most, 2), recent: map[titleKey]titleSeen{}, earlier: map[titleKey]titleSeen{}}
}

// Note says that a feed brought a new article of that title (see Doc.Title) on a day.
// An article that merely stays in its feed is not noted again. Days are counted as
// for an Index; one that is earlier than the last of the title counts as that.
func (t *Titles) Note(feed, title uint64, day uint32) {
	if title == 0 {
		return
	}
	if 2*len(t.recent) >= t.most || day >= t.since+titleDays {
		t.recent, t.earlier = map[titleKey]titleSeen{}, t.recent
		t.since = day
	}
	key := titleKey{feed, title}
	seen := t.seen(key)
	if seen.days == 0 || day > seen.day {
		seen = titleSeen{day: day, days: seen.days + 1}
	}
	t.recent[key] = seen
}

func (t *Titles) seen(key titleKey) titleSeen {
	if seen, ok := t.recent[key]; ok {
		return seen
	}
	return t.earlier[key]
}

// Recurring reports whether the feed brought articles of that title on two days or
// more other than the given one, which is what Context.Recurring asks.
func (t *Titles) Recurring(feed, title uint64, day uint32) bool {
	seen := t.seen(titleKey{feed, title})
	if seen.day == day && seen.days > 0 {
		seen.days--
	}
	return title != 0 && seen.days >= recurringDays
}

// Len returns how many titles are held.
func (t *Titles) Len() int {
	n := len(t.recent)
	for key := range t.earlier {
		if _, ok := t.recent[key]; !ok {
			n++
		}
	}
	return n
}
