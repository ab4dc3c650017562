// Reads a folder of mails and a file of keys ("name record" by line); prints for each mail the verdict on each signature.
package main

import (
	"bytes"
	"fmt"
	"io/ioutil"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/emersion/go-msgauth/dkim"
)

func main() {
	keys := map[string][]string{}
	text, err := ioutil.ReadFile(os.Args[2])
	if err != nil {
		panic(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		parts := strings.SplitN(line, " ", 2)
		keys[parts[0]] = []string{parts[1]}
	}
	options := &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) {
		if found, ok := keys[name]; ok {
			return found, nil
		}
		return nil, fmt.Errorf("no such name")
	}}
	mails, _ := filepath.Glob(filepath.Join(os.Args[1], "*.eml"))
	sort.Strings(mails)
	for _, path := range mails {
		mail, err := ioutil.ReadFile(path)
		if err != nil {
			panic(err)
		}
		verdicts, err := dkim.VerifyWithOptions(bytes.NewReader(mail), options)
		said := []string{}
		for _, verdict := range verdicts {
			if verdict.Err == nil {
				said = append(said, "pass "+verdict.Domain)
			} else {
				said = append(said, "fail "+verdict.Err.Error())
			}
		}
		fmt.Println(filepath.Base(path) + ": " + strings.Join(said, "; "))
	}
}
