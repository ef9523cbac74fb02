package offboard_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercentertest"
)

func TestAnExportedTrailCanStillBeVerified(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, partnercentertest.New(customer(partnercentertest.License(subA))))
		b.want(b.run(offboard.Options{Actor: offboard.Actor{Name: "=cmd|' /C calc'!A0"}}), offboard.Done, offboard.PhaseDone)
		var lines, table bytes.Buffer
		if err := offboard.WriteAuditJSON(&lines, b.workflow.Audit(t.Context(), contoso)); err != nil {
			t.Fatal(err)
		}
		if err := offboard.WriteAuditCSV(&table, b.workflow.Audit(t.Context(), contoso)); err != nil {
			t.Fatal(err)
		}
		decode := func(text string) iter.Seq2[offboard.Entry, error] {
			return func(yield func(offboard.Entry, error) bool) {
				for d := json.NewDecoder(strings.NewReader(text)); ; {
					var e offboard.Entry
					err := d.Decode(&e)
					if err == io.EOF || !yield(e, err) {
						return
					}
				}
			}
		}
		if err := offboard.VerifyAudit(decode(lines.String()), ""); err != nil {
			t.Errorf("VerifyAudit of the export = %v", err)
		}
		tampered := strings.Replace(lines.String(), `"succeeded"`, `"refused"`, 1)
		if err := offboard.VerifyAudit(decode(tampered), ""); err == nil || !strings.Contains(err.Error(), "entry") {
			t.Errorf("VerifyAudit of a changed export = %v, want where it breaks", err)
		}
		rows, err := csv.NewReader(&table).ReadAll()
		if n := strings.Count(lines.String(), "\n"); err != nil || len(rows) != n+1 || rows[0][0] != "run" {
			t.Errorf("%d rows for %d entries (%v), want one each and a header", len(rows), n, err)
		}
		for _, row := range rows {
			for _, cell := range row {
				if strings.HasPrefix(cell, "=") {
					t.Errorf("the cell %q would be a formula", cell)
				}
			}
		}
	})
}

func TestAnExportStopsAtAnError(t *testing.T) {
	broken := errors.New("connection lost")
	trail := func(yield func(offboard.Entry, error) bool) {
		_ = yield(offboard.Entry{Run: "1", Seq: 1}, nil) && yield(offboard.Entry{}, broken) && yield(offboard.Entry{Run: "1", Seq: 2}, nil)
	}
	for _, write := range []func(io.Writer, iter.Seq2[offboard.Entry, error]) error{offboard.WriteAuditJSON, offboard.WriteAuditCSV} {
		var out bytes.Buffer
		if err := write(&out, trail); !errors.Is(err, broken) || strings.Contains(out.String(), "2") && strings.Count(out.String(), "\n") > 2 {
			t.Errorf("error %v after %q, want the trail's after one entry", err, out.String())
		}
		if err := write(fullDisk{}, trail); err == nil {
			t.Error("writing to a full disk gave no error")
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }
