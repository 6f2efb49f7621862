// Package record is the form in which values are kept: the same bytes in every
// store, so that copying a store is a loop over its contract, and a value that a
// disk has changed is found out instead of published.
//
// A record is a version byte, a body and a CRC-32C over the record's kind and
// both. Integers are varints, strings carry their length, and a string or time
// that occurred before in the same record is a reference to it. The package
// knows no keys, no store and no clock.
package record

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// ErrInvalid says that bytes are not a record of the kind asked for, or not
// what was once written.
var ErrInvalid = errors.New("record is damaged")

// version is the form of all records. A reader keeps every form that a release
// ever wrote.
const version = 1

// kind keeps a record of one sort from being read as another: it is part of the
// checksum, not of the bytes.
type kind byte

const (
	kindHead         kind = 1
	kindTexts        kind = 2
	kindSource       kind = 3
	kindPublication  kind = 4
	kindSubscription kind = 5
	kindHost         kind = 6
	kindJoin         kind = 7
	kindHistory      kind = 8
	kindArchive      kind = 9
	kindEvent        kind = 10
	kindPing         kind = 11
	kindDocument     kind = 12
	kindListed       kind = 13
	kindGone         kind = 14
	kindKeeping      kind = 15
	kindBlock        kind = 16
	kindPart         kind = 17
)

const sumSize = 4

// seal ends a record that begins with its version byte.
func seal(k kind, b []byte) []byte {
	return binary.LittleEndian.AppendUint32(b, checksum(k, b))
}

// unseal checks a record and returns its body.
func unseal(k kind, b []byte) ([]byte, error) {
	if len(b) < 1+sumSize {
		return nil, fmt.Errorf("%w: %d bytes", ErrInvalid, len(b))
	}
	body := b[:len(b)-sumSize]
	if checksum(k, body) != binary.LittleEndian.Uint32(b[len(body):]) {
		return nil, fmt.Errorf("%w: wrong checksum", ErrInvalid)
	}
	if body[0] != version {
		return nil, fmt.Errorf("%w: version %d", ErrInvalid, body[0])
	}
	return body[1:], nil
}

func checksum(k kind, b []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)
	return crc32.Update(crc32.Checksum([]byte{byte(k)}, table), table, b)
}
