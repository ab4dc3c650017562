// Reads a record as another program would: with the packages of Go's checksum database, whose authors wrote the formats.
//
//	verify FOLDER KEY < proofs
//
// FOLDER is record/log. Each line of standard input is a proof made by Spillkit. Everything is checked against the checkpoint that
// KEY signed; the first thing that is wrong ends the program with exit code 1.
package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type proof struct {
	Index   *int64      `json:"index"` // inclusion of this entry
	Old     *int64      `json:"old"`   // or: consistency with this older size
	OldRoot tlog.Hash   `json:"old_root"`
	Size    int64       `json:"size"`
	Root    tlog.Hash   `json:"root"`
	Hashes  []tlog.Hash `json:"hashes"`
}

type tiles struct{ folder string }

func (t tiles) Height() int { return 8 }

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range wanted {
		// C2SP leaves the height out of the path.
		data, err := os.ReadFile(filepath.Join(t.folder, strings.Replace(tile.Path(), "tile/8/", "tile/", 1)))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	folder, key := os.Args[1], os.Args[2]
	verifier, err := note.NewVerifier(key)
	must(err)
	data, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	must(err)
	signed, err := note.Open(data, note.VerifierList(verifier))
	must(err)
	lines := strings.Split(signed.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	root, err := tlog.ParseHash(lines[2])
	must(err)

	// 1. Every leaf hash, read through the tiles, which are checked against the signed root.
	reader := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, tiles{folder})
	var indexes []int64
	for entry := int64(0); entry < size; entry++ {
		indexes = append(indexes, tlog.StoredHashIndex(0, entry))
	}
	hashes, err := reader.ReadHashes(indexes)
	must(err)

	// 2. Every entry against its hash.
	entry := int64(0)
	for number := int64(0); entry < size; number++ {
		tile := tlog.Tile{H: 8, L: -1, N: number, W: int(min(256, size-number*256))}
		path := strings.Replace(tile.Path(), "tile/8/data/", "tile/entries/", 1)
		bundle, err := os.ReadFile(filepath.Join(folder, path))
		must(err)
		for len(bundle) > 0 {
			length := 2 + int(binary.BigEndian.Uint16(bundle))
			if tlog.RecordHash(bundle[2:length]) != hashes[entry] {
				must(fmt.Errorf("entry %d is not what its hash says", entry))
			}
			bundle = bundle[length:]
			entry++
		}
	}

	// 3. Every proof that Spillkit made.
	proofs := 0
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 1<<20)
	for input.Scan() {
		var p proof
		must(json.Unmarshal(input.Bytes(), &p))
		if p.Index != nil {
			must(tlog.CheckRecord(p.Hashes, p.Size, p.Root, *p.Index, hashes[*p.Index]))
		} else {
			must(tlog.CheckTree(p.Hashes, p.Size, p.Root, *p.Old, p.OldRoot))
		}
		proofs++
	}
	fmt.Printf("%d entries, %d proofs\n", size, proofs)
}

func min(one, other int64) int64 {
	if one < other {
		return one
	}
	return other
}
