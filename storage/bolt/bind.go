package bolt

import (
	"fmt"
	"slices"

	"sluice/feed"
	"sluice/storage/record"
)

// boundMoves returns the moves that bring sources known by their addresses to the
// names that they have now. A source of another address that was known under such a
// name, and is not moved for its own sake, gets a name that nobody asks for: it may
// come back. What the configuration asks for in words goes first.
func (t *txn) boundMoves(sources []feed.Source, asked []move) ([]move, error) {
	if !slices.ContainsFunc(sources, func(s feed.Source) bool { return s.ByAddress }) {
		return nil, nil
	}
	addresses := map[feed.SourceID]uint64{} // as they are to be
	for _, s := range sources {
		addresses[s.Name] = feed.Fingerprint(s.URL)
	}
	there := map[feed.SourceID]uint64{}
	names := map[uint64]feed.SourceID{} // of the sources that are there
	err := t.eachSource(func(src *record.Source) error {
		id := src.State.Source
		there[id] = src.URL
		if old, again := names[src.URL]; !again || src.Configured && addresses[old] != src.URL {
			names[src.URL] = id
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	leaving := map[feed.SourceID]bool{}
	for _, m := range asked {
		leaving[m.from] = true
	}
	var moves []move
	for _, s := range sources {
		address := addresses[s.Name]
		old, known := names[address]
		if !s.ByAddress || !known || there[s.Name] == address || leaving[old] || addresses[old] == address {
			continue
		}
		leaving[old] = true
		moves = append(moves, move{to: s.Name, from: old})
	}
	for _, s := range sources {
		was, used := there[s.Name]
		if !s.ByAddress || !used || was == addresses[s.Name] || leaving[s.Name] {
			continue
		}
		leaving[s.Name] = true
		moves = append(moves, move{to: aside(s.Name, was), from: s.Name})
	}
	return moves, nil
}

// aside is the name of a source that had to give its own away.
func aside(name feed.SourceID, address uint64) feed.SourceID {
	return feed.SourceID(fmt.Sprintf("%.40s-was-%016x", name, address))
}
