package offboard

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"
)

// WriteAuditJSON writes a trail as JSON lines, one entry each, as [VerifyAudit]
// understands them after decoding. It stops at the first error of the trail.
func WriteAuditJSON(w io.Writer, trail iter.Seq2[Entry, error]) error {
	lines := json.NewEncoder(w)
	for e, err := range trail {
		if err != nil {
			return err
		}
		if err := lines.Encode(e); err != nil {
			return fmt.Errorf("offboard: writing the audit trail: %w", err)
		}
	}
	return nil
}

// WriteAuditCSV writes a trail as CSV (RFC 4180) with a header, for people and
// their spreadsheets. A value that a spreadsheet would take for a formula gets
// an apostrophe in front: keep the JSON lines for [VerifyAudit].
func WriteAuditCSV(w io.Writer, trail iter.Seq2[Entry, error]) error {
	rows := csv.NewWriter(w)
	err := rows.Write([]string{"run", "seq", "customer", "at", "phase", "action", "subject", "outcome", "request_id", "record_id", "actor", "detail", "previous", "hash"})
	for e, failed := range trail {
		if err = cmp.Or(err, failed); err != nil {
			break
		}
		row := []string{
			e.Run, strconv.Itoa(e.Seq), string(e.Customer), e.At.UTC().Format(time.RFC3339Nano), string(e.Phase), string(e.Step), e.Subject,
			string(e.Outcome), e.RequestID, e.RecordID, e.Actor, e.Detail, e.Previous, e.Hash,
		}
		for i, cell := range row {
			if strings.ContainsAny(cell[:min(len(cell), 1)], "=+-@\t\r") {
				row[i] = "'" + cell
			}
		}
		err = rows.Write(row)
	}
	rows.Flush()
	if err == nil {
		err = rows.Error()
	}
	if err != nil {
		return fmt.Errorf("offboard: writing the audit trail: %w", err)
	}
	return nil
}
