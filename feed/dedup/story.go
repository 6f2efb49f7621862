package dedup

import (
	"maps"
	"slices"

	"sluice/feed"
)

// The functions below change which identities are a story. They look at Root and
// Joins alone, and change neither of what they are given. Of what they return, each
// identity but the root joined one that was first seen before it, and the root is the
// first of all.

// Unite returns the story of two, of which the one with the younger root joined the
// other as j says; its To is chosen here. Nothing else of who joined whom changes.
func Unite(a, b feed.Story, j feed.Joined) feed.Story {
	if b.Root < a.Root {
		a, b = b, a
	}
	all := feed.Story{Root: a.Root, Joins: make(map[uint64]feed.Joined, len(a.Joins)+len(b.Joins)+1)}
	maps.Copy(all.Joins, a.Joins)
	maps.Copy(all.Joins, b.Joins)
	j.To = a.Root
	all.Joins[b.Root] = j
	return all
}

// Confirm returns the story in which two of its identities are one by hand, where they
// joined late and so are entries apart. ok is false where nothing joined late between them.
func Confirm(s feed.Story, one, two uint64) (_ feed.Story, ok bool) {
	s.Joins = maps.Clone(s.Joins)
	for range len(s.Joins) {
		if one < two {
			one, two = two, one
		}
		j, joined := s.Joins[one]
		if one == two || !joined {
			break
		}
		if j.Late && !j.Operator {
			j.Operator, ok = true, true
			s.Joins[one] = j
		}
		one = j.To
	}
	return s, ok
}

// Part takes an identity out of its story, with those that had joined it; the first
// leaves alone, and the next of them is the root of those that stay. Both are stories
// then. ok is false where there is nothing to leave.
func Part(s feed.Story, identity uint64) (left, rest feed.Story, ok bool) {
	if _, joined := s.Joins[identity]; !joined && identity != s.Root || len(s.Joins) == 0 {
		return feed.Story{}, s, false
	}
	left = feed.Story{Root: identity}
	if identity == s.Root {
		return left, headless(s), true
	}
	rest = feed.Story{Root: s.Root}
	for _, i := range slices.Sorted(maps.Keys(s.Joins)) {
		j := s.Joins[i]
		_, with := left.Joins[j.To]
		switch {
		case i == identity:
		case with || j.To == identity:
			left = joined(left, i, j)
		default:
			rest = joined(rest, i, j)
		}
	}
	return left, rest, true
}

// headless is the story without its root. Where the next of it had joined late, it was an
// entry of its own beside that of the root, and what was of that one joins it as late:
// outputs that have not the root show an entry for it.
func headless(s feed.Story) feed.Story {
	next := slices.Min(slices.Collect(maps.Keys(s.Joins)))
	rest, heir := feed.Story{Root: next}, next
	if j := s.Joins[next]; isLate(j) {
		for _, i := range slices.Sorted(maps.Keys(s.Joins)) {
			if of := s.Joins[i]; of.To == s.Root && !isLate(of) {
				j.To, heir = next, i
				rest = joined(rest, heir, j)
				break
			}
		}
	}
	for i, j := range s.Joins {
		if i == next || i == heir {
			continue
		}
		if j.To == s.Root {
			j.To = heir
			if isLate(j) {
				j.To = next
			}
		}
		rest = joined(rest, i, j)
	}
	return rest
}

// isLate reports whether an identity is an entry of its own where it was one before it
// joined.
func isLate(j feed.Joined) bool { return j.Late && !j.Operator }

// Add returns the story with an identity that joined it.
func Add(s feed.Story, identity uint64, j feed.Joined) feed.Story {
	s.Joins = maps.Clone(s.Joins)
	return joined(s, identity, j)
}

// joined changes the story that it is given.
func joined(s feed.Story, identity uint64, j feed.Joined) feed.Story {
	if s.Joins == nil {
		s.Joins = map[uint64]feed.Joined{}
	}
	s.Joins[identity] = j
	return s
}

// Rename returns the story with an identity under another, higher number: its first
// article left it.
func Rename(s feed.Story, was, is uint64) feed.Story {
	if j, ok := s.Joins[was]; ok {
		renamed := feed.Story{Root: s.Root}
		for i, k := range s.Joins {
			if k.To == was {
				k.To = j.To // what joined it may be older than the number it has now
			}
			if i != was {
				renamed = joined(renamed, i, k)
			}
		}
		return joined(renamed, is, j)
	}
	if len(s.Joins) == 0 {
		return feed.Story{Root: is}
	}
	rest := headless(s)
	if is < rest.Root {
		return Unite(feed.Story{Root: is}, rest, s.Joins[rest.Root])
	}
	j := s.Joins[rest.Root]
	j.To = rest.Root
	return joined(rest, is, j)
}
