package feed

import "time"

// Story is the articles that are the same piece of writing: one identity, or several
// that joined each other because their texts are nearly the same.
type Story struct {
	Root     uint64   // the identity that was first, by which the story is known
	Articles []Stored // of all its identities, in arrival order, without texts
	// Joins says, of each identity but the root, how it came to be of the story. Nil in
	// a story of one identity.
	Joins map[uint64]Joined
}

// Joined is how an identity joined a story. What it joined was the first of a story
// itself then, and is of the same story still.
type Joined struct {
	To     uint64  // the identity whose text was compared, or that the operator named
	How    How     // HowCanonical, HowText or HowNear
	Reason string  // the rule that said so, in a word
	Score  float64 // the share of the shorter text that both have, 0 to 1; 0 where no texts were compared
	At     time.Time
	// Late says that the identity had been a story of its own before: subscribers may
	// have seen an entry of it, which stays.
	Late     bool
	Via      uint64 // the later article that is surely a copy of both, where Late; 0: none
	Operator bool   // it was joined by hand
}

// Branch returns the identity that stands for another where entries are made: those
// that joined late, but not by hand, stay entries of their own where an output is as
// old as that, together with what had joined them. It is the root where nothing did.
func (s Story) Branch(identity uint64, since time.Time) uint64 {
	for range len(s.Joins) { // each step leads to one that was first seen earlier
		j, ok := s.Joins[identity]
		if !ok || j.Late && !j.Operator && !j.At.Before(since) {
			break
		}
		identity = j.To
	}
	return identity
}

// Relation says by what evidence two articles of the story are one, the other as seen
// from the entry that names it.
func (s Story) Relation(entry, other Stored) How {
	if entry.Identity == other.Identity {
		if other.How != "" {
			return other.How
		}
		return entry.How
	}
	j, _ := s.Between(entry.Identity, other.Identity)
	return j.How
}

// Between returns, of the joins that lead from one identity of the story to another, the
// one with the weakest evidence; of equal ones the last. ok is false where there is none.
func (s Story) Between(one, two uint64) (weakest Joined, ok bool) {
	for range len(s.Joins) { // what was first seen later joined the other, and not the other it
		if one == two {
			break
		}
		if one < two {
			one, two = two, one
		}
		j, joined := s.Joins[one]
		if !joined {
			break
		}
		if !ok || j.How.weaker(weakest.How) || j.How == weakest.How && j.At.After(weakest.At) {
			weakest, ok = j, true
		}
		one = j.To
	}
	return weakest, ok
}
