package near

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// MaxKeys is how many keys a Sketch has at most.
const MaxKeys = 64

// Sketch is what is kept of an article to find its copies: hashes of some of its
// runs of three words, rising, each once. They are chosen by their hashes, so that
// texts which share a run choose it both or neither, and more of them from the lead,
// which most copies keep. A title of some length adds two.
type Sketch []uint32

const (
	sketchRun      = 3
	denseSketchRun = 7
	leadRuns       = 40 // of which every leadRate-th is chosen
	leadRate       = 2
	restRate       = 8 // a multiple of leadRate
	denseRate      = 2 // characters come in more runs than words
	titleSeed      = 0x7f4a7c15
)

// Sketch returns the sketch of an article. It is the same in every version of sluice
// that reads SketchVersion.
func (d Doc) Sketch() Sketch {
	run, lead, few, most := sketchRun, leadRuns, uint32(leadRate), uint32(restRate)
	if d.dense {
		run, lead, few, most = denseSketchRun, leadRuns*denseFactor, few*denseRate, most*denseRate
	}
	keys := make(Sketch, 0, MaxKeys)
	if len(d.title) >= titleWords {
		h := runHash(d.title)
		keys = append(keys, h, h^titleSeed)
	}
	var rest Sketch
	var r roller
	if len(d.body) >= run {
		r = newRoller(d.body, run)
	}
	out := token{}
	for i := range len(d.body) - run + 1 {
		key := r.next(out, d.body[i+run-1])
		out = d.body[i]
		switch {
		case i < lead && key%few == 0 && len(keys) < MaxKeys:
			keys = append(keys, key)
		case i >= lead && key%most == 0:
			rest = append(rest, key)
		}
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	// The smallest of the rest: a copy that lost paragraphs still chooses those that
	// it kept.
	slices.Sort(rest)
	for _, key := range slices.Compact(rest) {
		if len(keys) == MaxKeys {
			break
		}
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// SketchVersion begins what AppendBinary writes. Another one means that keys are
// made another way: such sketches find no copies of each other.
const SketchVersion = 1

// MaxSketchBytes is how long an encoded sketch is at most.
const MaxSketchBytes = 2 + 4*MaxKeys

// ErrSketch says that bytes are no sketch of this version.
var ErrSketch = errors.New("no sketch of this version")

// AppendBinary appends the encoding, at most MaxSketchBytes: the version, the number
// of keys, and each in four bytes, big end first.
func (s Sketch) AppendBinary(b []byte) ([]byte, error) {
	if len(s) > MaxKeys {
		return b, fmt.Errorf("a sketch of %d keys: %w", len(s), ErrSketch)
	}
	b = append(b, SketchVersion, byte(len(s)))
	for _, key := range s {
		b = binary.BigEndian.AppendUint32(b, key)
	}
	return b, nil
}

// ParseSketch is the reverse of AppendBinary. The error wraps ErrSketch.
func ParseSketch(b []byte) (Sketch, error) { return AppendParse(Sketch{}, b) }

// AppendParse is ParseSketch into memory that the caller has: it appends the keys that
// b encodes to s, and returns s as it was, and an error, where b is no sketch. Whoever
// reads many, one after the other, needs one buffer: s[:0] of the last. It keeps nothing
// of b.
func AppendParse(s Sketch, b []byte) (Sketch, error) {
	if len(b) < 2 || b[0] != SketchVersion || b[1] > MaxKeys || len(b) != 2+4*int(b[1]) {
		return s, fmt.Errorf("%d bytes: %w", len(b), ErrSketch)
	}
	had := len(s)
	s = slices.Grow(s, int(b[1]))
	last := int64(-1)
	for b = b[2:]; len(b) >= 4; b = b[4:] {
		key := binary.BigEndian.Uint32(b)
		if int64(key) <= last {
			return s[:had], fmt.Errorf("key %d is not above the one before: %w", len(s)-had, ErrSketch)
		}
		last = int64(key)
		s = append(s, key)
	}
	return s, nil
}
