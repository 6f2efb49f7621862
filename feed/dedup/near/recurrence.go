package near

// recurringDays is on how many other days a feed has brought an article of the same
// title, from which on the title says nothing: a column, a daily summary.
const recurringDays = 2

// titleDays is for how many days a title is remembered: a monthly column is known at
// its third issue, one that stopped may begin anew.
const titleDays = 45

// Recurrence is on which days a feed brought new articles of one title. Days are
// counted as for an Index. The zero value is a title that was never seen.
type Recurrence struct {
	Day  uint32 // the last one
	Days uint32 // how many there were
}

// Note returns what is known after a new article on a day; one that merely stays in
// its feed is not noted again. A day before the last counts as that.
func (r Recurrence) Note(day uint32) Recurrence {
	switch {
	case r.Days == 0, day >= r.Day+titleDays:
		return Recurrence{Day: day, Days: 1}
	case day > r.Day:
		return Recurrence{Day: day, Days: r.Days + 1}
	}
	return r
}

// Recurs reports whether there were articles of the title on two days or more other
// than the given one, which is what Context.Recurring asks.
func (r Recurrence) Recurs(day uint32) bool {
	others := r.Days
	if r.Day == day && others > 0 {
		others--
	}
	return others >= recurringDays && day < r.Day+titleDays
}
