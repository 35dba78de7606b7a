// Package memo reads, checks and writes MeMo, the format of a letter in
// Digital Post, and the containers of many letters.
//
// MeMo is XML. Versions 1.0, 1.1 and 1.2 share one namespace and are told
// apart by the attribute memoVersion. The schema stands once, as the tags of
// the structs in message.go: [Read], [Validate] and [Write] all follow it.
//
//   - [Read] takes a letter from a stream. File contents go straight to a sink
//     while they are decoded and hashed; a letter of any size needs a little,
//     constant memory.
//   - [Validate] holds a letter against the rules of the official service and
//     tells all problems at once.
//   - [Write] writes a letter as MeMo 1.1 or 1.2, valid against the schema.
//   - [NewContainerReader] and [NewContainerWriter] handle tar.lzma.
//
// Reading is liberal where real producers are known to be sloppy, writing is
// strict. Neither a [Problem] nor any other error of this package carries
// personal data: they may be logged and sent in an answer.
package memo
