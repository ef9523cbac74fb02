package seal_test

import (
	"bytes"
	"fmt"
	"log"

	"github.com/cspkit/cspkit/store/seal"
)

func ExampleNewAES() {
	// Real keys are 32 random bytes from where secrets are kept.
	old := seal.Key{ID: "2026-05", Secret: bytes.Repeat([]byte{1}, 32)}
	current := seal.Key{ID: "2026-11", Secret: bytes.Repeat([]byte{2}, 32)}

	before, err := seal.NewAES(old)
	if err != nil {
		log.Fatal(err)
	}
	sealed, err := before.Seal([]byte("a refresh token"), []byte("tokens/key"))
	if err != nil {
		log.Fatal(err)
	}

	sealer, err := seal.NewAES(current, old)
	if err != nil {
		log.Fatal(err)
	}
	plaintext, err := sealer.Open(sealed, []byte("tokens/key"))
	fmt.Printf("%s, %v\n", plaintext, err)
	_, err = sealer.Open(sealed, []byte("tokens/another"))
	fmt.Println(err)
	// Output:
	// a refresh token, <nil>
	// seal: does not open: it was changed, belongs elsewhere, or the key is another one under the same ID
}
