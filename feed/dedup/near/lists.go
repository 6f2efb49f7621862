package near

// lists are linked lists of articles, one for each key that several have. They grow
// by pages, so that nothing is copied.
type lists struct {
	pages [][]node
	used  uint32 // nodes of pages that were given out
	back  uint32 // the first node that was given back, counted from 1
}

type node struct {
	doc  uint32
	next uint32
}

// none is the end of a list. It is below isList, as the number of every node is.
const none = isList - 1

// pageSize is how many nodes are allocated at once.
const pageSize = 4096

func (l *lists) at(n uint32) *node { return &l.pages[n/pageSize][n%pageSize] }

// push makes a node and returns its number.
func (l *lists) push(doc, next uint32) uint32 {
	n := l.back - 1
	if l.back > 0 {
		l.back = l.at(n).next
	} else {
		if l.used%pageSize == 0 {
			l.pages = append(l.pages, make([]node, pageSize))
		}
		n = l.used
		l.used++
	}
	*l.at(n) = node{doc: doc, next: next}
	return n
}

// pop gives a node back and returns what followed it.
func (l *lists) pop(n uint32) (next uint32) {
	next = l.at(n).next
	l.at(n).next = l.back
	l.back = n + 1
	return next
}
