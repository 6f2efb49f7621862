package bolt

import (
	"strings"

	"sluice/feed"
	"sluice/storage/record"
)

// move is an entry of the configuration: articles of the old name belong to the
// new one.
type move struct{ to, from feed.SourceID }

func (m move) key() []byte { return []byte(string(m.to) + "\x00" + string(m.from)) }

// moveSources carries out what the sources' earlier names ask for, each entry
// once for as long as it stays in the configuration: the old name may be given
// to another source meanwhile, whose articles are its own. Numbers whose claims
// end are added to ended.
func (t *txn) moveSources(sources []feed.Source, ended map[uint32]uint64) error {
	var asked []move
	wanted := map[string]bool{}
	for _, src := range sources {
		for _, was := range src.Was {
			m := move{to: src.Name, from: was}
			if was == src.Name || strings.ContainsRune(string(was), 0) {
				continue
			}
			wanted[string(m.key())] = true
			if t.get(bRenames, m.key()) == nil {
				asked = append(asked, m)
			}
		}
	}
	if err := t.forgetMoves(wanted); err != nil {
		return err
	}
	pending := asked
	arrived := map[feed.SourceID]bool{} // an earlier name is one from before this change
	// One move can make room for another, in whatever order they are written.
	for {
		var left []move
		for _, m := range pending {
			done := false
			if !arrived[m.from] {
				var err error
				if done, err = t.moveSource(m, ended); err != nil {
					return err
				}
			}
			if !done {
				left = append(left, m)
				continue
			}
			arrived[m.to] = true
		}
		if len(left) == len(pending) {
			break
		}
		pending = left
	}
	for _, m := range asked {
		if err := t.put(bRenames, m.key(), []byte{1}); err != nil {
			return err
		}
	}
	return nil
}

// forgetMoves drops the memory of moves that the configuration asks for no more.
func (t *txn) forgetMoves(wanted map[string]bool) error {
	var old [][]byte
	err := t.scan(bRenames, nil, func(k, _ []byte) error {
		if !wanted[string(k)] {
			old = append(old, []byte(string(k)))
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, k := range old {
		if err := t.delete(bRenames, k); err != nil {
			return err
		}
	}
	return nil
}

// moveSource gives one source's record its new name, unless there is none, or
// the new name has articles, or something better than the old one.
func (t *txn) moveSource(m move, ended map[uint32]uint64) (bool, error) {
	old, ok, err := t.sourceNamed(m.from)
	if err != nil || !ok {
		return false, err
	}
	there, ok, err := t.sourceNamed(m.to)
	if err != nil {
		return false, err
	}
	if ok {
		if there.State.Articles > 0 || old.State.Articles == 0 {
			return false, nil
		}
		if err := t.removeSource(m.to, there); err != nil {
			return false, err
		}
		ended[there.Num] = 0
	}
	// The number stays, and with it whatever is kept under it.
	if err := t.delete(bSources, []byte(m.from)); err != nil {
		return false, err
	}
	if err := t.put(bSources, []byte(m.to), old.Encode()); err != nil {
		return false, err
	}
	delete(t.names, old.Num)
	return true, t.put(bNames, u32(old.Num), []byte(m.to))
}

// removeSource forgets a source that has no articles.
func (t *txn) removeSource(name feed.SourceID, src record.Source) error {
	if due(src) {
		if err := t.delete(bDue, dueKey(src.State.NextPoll, src.Num)); err != nil {
			return err
		}
	}
	var aliases [][]byte
	err := t.scan(bAliases, u32(src.Num), func(k, _ []byte) error {
		aliases = append(aliases, []byte(string(k)))
		return nil
	})
	if err != nil {
		return err
	}
	for _, k := range aliases {
		if err := t.delete(bAliases, k); err != nil {
			return err
		}
	}
	if err := t.delete(bNames, u32(src.Num)); err != nil {
		return err
	}
	delete(t.names, src.Num)
	return t.delete(bSources, []byte(name))
}
