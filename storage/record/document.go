package record

// EncodeDocument returns a document's record: the bytes as they are, with a checksum.
func EncodeDocument(document []byte) []byte {
	b := append(make([]byte, 0, 1+len(document)+sumSize), version)
	return seal(kindDocument, append(b, document...))
}

// DecodeDocument reads the record of a document. The result is a part of what it is given.
// The error is ErrInvalid.
func DecodeDocument(b []byte) ([]byte, error) { return unseal(kindDocument, b) }
