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

// What goes into one transaction, in bytes, and how many entries are divided into chunks at
// once.
const (
	maxPackedBytes = 8 << 20
	packedAtOnce   = 4096
)

// oldAliasSum is the size of the checksum of an alias of before, which its chunk has now.
const oldAliasSum = 2

// makePacked makes packed buckets of those of a store of version 3, beside these.
func makePacked(ctx context.Context, db *bbolt.DB) error {
	err := db.Update(func(tx *bbolt.Tx) error {
		if tx.Bucket([]byte(packing)) != nil { // an earlier start was stopped
			if err := tx.DeleteBucket([]byte(packing)); err != nil {
				return err
			}
		}
		_, err := tx.CreateBucket([]byte(packing))
		return err
	})
	if err != nil {
		return err
	}
	for n := range bucketCount {
		if _, isPacked := n.packed(); !isPacked {
			continue
		}
		for next, done := []byte{}, false; !done; {
			if err := ctx.Err(); err != nil {
				return err
			}
			err := db.Update(func(tx *bbolt.Tx) (err error) {
				next, err = packSome(tx, n, next)
				done = next == nil
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// packSome packs the entries of a bucket from a key on, as many as go into a transaction,
// and returns where to go on; nil: nowhere.
func packSome(tx *bbolt.Tx, n bucket, from []byte) (next []byte, err error) {
	to, err := tx.Bucket([]byte(packing)).CreateBucketIfNotExists([]byte(bucketNames[n]))
	if err != nil {
		return nil, err
	}
	to.FillPercent = copiedFill(bucketNames[n])
	var p packer
	p.reset(shapes[n])
	flush := func() error {
		err := p.chunks(true, to.Put)
		p.reset(shapes[n])
		return err
	}
	bytesPacked := 0
	c := tx.Bucket([]byte(bucketNames[n])).Cursor()
	for k, v := c.Seek(from); k != nil; k, v = c.Next() {
		if bytesPacked > maxPackedBytes {
			next = bytes.Clone(k)
			break
		}
		if n == bAliases {
			if v, err = oldAlias(k, v); err != nil {
				return nil, err
			}
		}
		if err := p.add(k, v); err != nil {
			return nil, damaged("bucket %s: %v", bucketNames[n], err)
		}
		bytesPacked += len(k) + len(v)
		if len(p.values) == packedAtOnce {
			if err := flush(); err != nil {
				return nil, err
			}
		}
	}
	return next, flush()
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
