package fetch

import (
	"fmt"
	"strings"
	"sync/atomic"
)

// agent is who we say we are: always the same but for the number of subscribers.
type agent struct {
	base   string
	people func() int // nil: not known
	made   atomic.Pointer[madeAgent]
}

// madeAgent is the value for a number of subscribers, which seldom changes.
type madeAgent struct {
	people int
	value  []string
}

// value returns what the header User-Agent has now; it is not to be changed.
func (a *agent) value() []string {
	n := 0
	if a.people != nil {
		n = max(a.people(), 0)
	}
	made := a.made.Load()
	if made == nil || made.people != n {
		made = &madeAgent{people: n, value: []string{withSubscribers(a.base, n)}}
		a.made.Store(made)
	}
	return made.value
}

// withSubscribers says in the way of feed readers for how many people is asked.
func withSubscribers(name string, n int) string {
	if n == 0 {
		return name
	}
	number := fmt.Sprintf("%d subscribers", n)
	if n == 1 {
		number = "1 subscriber"
	}
	if inner, ok := strings.CutSuffix(name, ")"); ok {
		return inner + "; " + number + ")"
	}
	return name + " (" + number + ")"
}
