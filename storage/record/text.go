package record

import (
	"encoding/binary"
	"fmt"
	"runtime"

	"github.com/klauspost/compress/zstd"
)

// The ways in which texts are kept, in the byte after the version.
const (
	textPlain = 0
	textZstd  = 1
)

// maxTexts bounds what a record of texts may expand to. Items are bounded far
// below, so more is damage.
const maxTexts = 64 << 20

// Texts writes and reads the texts of articles, compressed. One is enough for a
// program; its methods may be called from several goroutines.
type Texts struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
}

// NewTexts returns a Texts with its compressor.
func NewTexts() (*Texts, error) {
	enc, err := zstd.NewWriter(nil,
		zstd.WithEncoderLevel(zstd.SpeedFastest), // half the time of the default for a twentieth more space
		zstd.WithEncoderConcurrency(runtime.GOMAXPROCS(0)),
		zstd.WithEncoderCRC(false), // the record has its own
		zstd.WithWindowSize(1<<20), // the default of 8 MiB would be allocated for each core
	)
	if err != nil {
		return nil, fmt.Errorf("text compressor: %w", err)
	}
	dec, err := zstd.NewReader(nil,
		zstd.WithDecoderConcurrency(runtime.GOMAXPROCS(0)),
		zstd.WithDecoderMaxMemory(maxTexts),
	)
	if err != nil {
		return nil, fmt.Errorf("text decompressor: %w", err)
	}
	return &Texts{enc: enc, dec: dec}, nil
}

// Close frees the compressor's memory. Nothing else may be called afterwards.
func (t *Texts) Close() error {
	t.dec.Close()
	if err := t.enc.Close(); err != nil {
		return fmt.Errorf("text compressor: %w", err)
	}
	return nil
}

// Encode returns the record of the texts.
func (t *Texts) Encode(summary, content string) []byte {
	plain := make([]byte, 0, binary.MaxVarintLen64+len(summary)+len(content))
	plain = binary.AppendUvarint(plain, uint64(len(summary)))
	plain = append(plain, summary...)
	plain = append(plain, content...)

	return seal(kindTexts, t.pack(make([]byte, 0, 2+len(plain)+sumSize), plain))
}

// pack begins a record with texts, compressed where that makes them shorter.
func (t *Texts) pack(b, plain []byte) []byte {
	b = t.enc.EncodeAll(plain, append(b, version, textZstd))
	if len(b) > 2+len(plain) {
		b = append(append(b[:0], version, textPlain), plain...)
	}
	return b
}

// unpack checks what pack began, and returns the texts. They may be part of what it is given.
func (t *Texts) unpack(k kind, b []byte) ([]byte, error) {
	body, err := unseal(k, b)
	if err != nil {
		return nil, err
	}
	if len(body) == 0 {
		return nil, fmt.Errorf("%w: too short", ErrInvalid)
	}
	switch body[0] {
	case textPlain:
		return body[1:], nil
	case textZstd:
		plain, err := t.dec.DecodeAll(body[1:], nil)
		if err != nil {
			return nil, fmt.Errorf("%w: texts: %w", ErrInvalid, err)
		}
		return plain, nil
	}
	return nil, fmt.Errorf("%w: texts in form %d", ErrInvalid, body[0])
}

// Decode reads a record of texts. The error is ErrInvalid.
func (t *Texts) Decode(b []byte) (summary, content string, err error) {
	plain, err := t.unpack(kindTexts, b)
	if err != nil {
		return "", "", err
	}
	n, skip := binary.Uvarint(plain)
	if skip <= 0 || n > uint64(len(plain)-skip) {
		return "", "", fmt.Errorf("%w: texts end early", ErrInvalid)
	}
	all := string(plain[skip:])
	return all[:n], all[n:], nil
}
