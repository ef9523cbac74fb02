package mca_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cspkit/cspkit/mca"
)

// record is one in which every field says something.
func record() *mca.Record {
	at := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	return &mca.Record{
		Version: 1, Customer: fabrikam, Revision: 3,
		Attestations: []mca.Issued{{
			RequestID: "first", Details: complete().Details(), ID: id, Link: "https://cdn.example/?attestationid=" + id,
			Requested: at, Expires: at.Add(time.Hour), State: mca.AttestationExpired, Accepted: at, Delivered: at, SeenExpired: true,
		}, {RequestID: "second"}},
		Agreement: &mca.AgreementWrite{
			RequestID: "third", Attestation: "first", TemplateID: "t", Agreed: at, State: mca.Refused, SentAt: at,
			Repeated: true, Duplicate: true, Reason: "no",
		},
		State: mca.LinkExpired, Reason: "late", LookedAt: at, DueAt: at, Created: at, Updated: at,
	}
}

func TestARecordIsWholeInAStore(t *testing.T) {
	text, err := record().Encode()
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range reflect.ValueOf(*record()).Fields() {
		if v.IsZero() {
			t.Errorf("%s says nothing: the test proves nothing about it", i.Name)
		}
	}
	back, err := mca.DecodeRecord(text)
	if err != nil || !reflect.DeepEqual(back, record()) {
		t.Errorf("DecodeRecord of what Encode gave is another record (error %v)", err)
	}
}

func TestADamagedOrNewerRecordIsRefusedWithoutShowingIt(t *testing.T) {
	text, err := record().Encode()
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"cut short":  string(text[:len(text)/2]),
		"another id": strings.Replace(string(text), `"id":"`, `"id":7,"x":"`, 1),
		"newer":      strings.Replace(string(text), `"version":1`, `"version":2`, 1),
	} {
		if _, err := mca.DecodeRecord([]byte(bad)); err == nil || strings.Contains(err.Error(), id) || strings.Contains(err.Error(), ada.LastName) {
			t.Errorf("%s: DecodeRecord = %v, want an error that shows nothing", name, err)
		}
	}
}

func FuzzDecodeRecord(f *testing.F) {
	text, err := record().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := mca.DecodeRecord(text)
		if err != nil {
			return
		}
		again, err := r.Encode()
		if err != nil {
			t.Fatalf("what was decoded cannot be encoded: %v", err)
		}
		if back, err := mca.DecodeRecord(again); err != nil || !reflect.DeepEqual(back, r) {
			t.Errorf("a second time it is another record (error %v)", err)
		}
	})
}

func TestSaveIsCompareAndSwap(t *testing.T) {
	store := new(mca.MemoryStore)
	if _, err := store.Load(t.Context(), fabrikam); !errors.Is(err, mca.ErrNoRecord) {
		t.Errorf("Load = %v, want ErrNoRecord", err)
	}
	first := &mca.Record{Customer: fabrikam}
	if err := store.Save(t.Context(), first); err != nil || first.Revision != 1 {
		t.Fatalf("Save = %v with revision %d", err, first.Revision)
	}
	if err := store.Save(t.Context(), &mca.Record{Customer: fabrikam}); !errors.Is(err, mca.ErrBehind) {
		t.Errorf("Save of an old revision = %v, want ErrBehind", err)
	}
}
