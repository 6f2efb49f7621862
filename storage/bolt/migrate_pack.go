package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/crc32"

	"go.etcd.io/bbolt"
)

// packing is the bucket in which packed buckets are made, under their names, before they
// take the places of those of before: what a store of millions of articles has does not go
// into one transaction.
const packing = "packing"

const (
	maxPacked    = 8 << 20 // bytes of keys and values that go into one transaction
	packedAtOnce = 4096    // entries that are divided into chunks together
)

// oldAliasSum is the size of the checksum of an alias of before, which its chunk has now.
const oldAliasSum = 2

// makePacked makes packed buckets of those of a store of version 3, beside these.
func makePacked(ctx context.Context, db *bbolt.DB) error { return makePackedIn(ctx, db, maxPacked) }

// makePackedIn is makePacked in transactions of so many bytes.
func makePackedIn(ctx context.Context, db *bbolt.DB, room int) error {
	err := db.Update(func(tx *bbolt.Tx) error {
		if tx.Bucket([]byte(packing)) != nil { // an earlier start was stopped
			if err := tx.DeleteBucket([]byte(packing)); err != nil {
				return err
			}
		}
		_, err := tx.CreateBucket([]byte(packing))
		return err
	})
	for old := (oldEntries{room: room}); err == nil && old.in < bucketCount; {
		if err = ctx.Err(); err == nil {
			err = db.Update(old.part)
		}
	}
	return err
}

// oldEntries are those of before on their way into chunks.
type oldEntries struct {
	in   bucket
	from []byte // the key in it to go on with
	room int    // in a transaction
	packer
}

// part packs as many entries as go into a transaction.
func (o *oldEntries) part(tx *bbolt.Tx) error {
	for room := o.room; room > 0 && o.in < bucketCount; {
		if _, isPacked := o.in.packed(); isPacked {
			if err := o.some(tx, &room); err != nil || o.from != nil {
				return err
			}
		}
		o.in++
	}
	return nil
}

// some packs entries of one bucket, until there is no room or nothing left: from says so.
func (o *oldEntries) some(tx *bbolt.Tx, room *int) error {
	name := []byte(bucketNames[o.in])
	to, err := tx.Bucket([]byte(packing)).CreateBucketIfNotExists(name)
	if err != nil {
		return err
	}
	to.FillPercent = copiedFill(bucketNames[o.in])
	o.reset(shapes[o.in])
	c := tx.Bucket(name).Cursor()
	k, v := c.Seek(o.from)
	for ; k != nil && *room > 0; k, v = c.Next() {
		if o.in == bAliases {
			if v, err = oldAlias(k, v); err != nil {
				return err
			}
		}
		if err := o.add(k, v); err != nil {
			return damaged("bucket %s: %v", name, err)
		}
		if len(o.values) == packedAtOnce {
			if err := o.chunks(true, to.Put); err != nil {
				return err
			}
			o.reset(shapes[o.in])
		}
		*room -= len(k) + len(v)
	}
	o.from = bytes.Clone(k)
	return o.chunks(true, to.Put)
}

// oldAlias returns the value of an alias of before without its checksum.
func oldAlias(k, v []byte) ([]byte, error) {
	if len(v) <= oldAliasSum {
		return nil, damaged("mark of %d and %d bytes", len(k), len(v))
	}
	body := v[:len(v)-oldAliasSum]
	if binary.BigEndian.Uint16(v[len(body):]) != uint16(crc32.Update(crc32.Checksum(k, castagnoli), castagnoli, body)) {
		return nil, damaged("mark with a wrong checksum")
	}
	return body, nil
}

// usePacked leads to version 4, in which the buckets with an entry or more for each article
// are packed: what makePacked made takes the place of what it was made of.
func usePacked(tx *bbolt.Tx) error {
	from := tx.Bucket([]byte(packing))
	for n := range bucketCount {
		if _, isPacked := n.packed(); !isPacked {
			continue
		}
		name := []byte(bucketNames[n])
		sequence := tx.Bucket(name).Sequence()
		if err := tx.DeleteBucket(name); err != nil {
			return err
		}
		if err := tx.MoveBucket(name, from, nil); err != nil {
			return err
		}
		if err := tx.Bucket(name).SetSequence(sequence); err != nil {
			return err
		}
	}
	return tx.DeleteBucket([]byte(packing))
}
