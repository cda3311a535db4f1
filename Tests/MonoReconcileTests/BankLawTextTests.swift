import Reconciliation
import Testing
import Text

@testable import MonoReconcile

/// A bank's law in one sentence.
struct BankLawTextTests {
    private static var kuda: BankLaw {
        var law = BankLaw(institution: "Kuda", kind: .job)
        law.looks = [2.44, 16.2, 77, 300]
        (law.cases, law.nights, law.lateShare, law.toldShare) = (212, 6, 0.041, 0.79)
        law.mostEnd = BankLaw.Point(seconds: 31.4, ended: 0.95)
        return law
    }

    @Test func `the sentence says when, by how much, and what is not known is left out`() {
        var law = Self.kuda
        #expect(
            law.sentence == "Kuda: looks at 2.4, 16, 77, 300 s; 212 cases, 6 nights; 95 % end by 31 s; 4 % not in the "
                + "window; events tell 8 of 10.")
        (law.mostEnd, law.toldShare, law.cases, law.nights) = (nil, nil, 1, 1)
        #expect(law.sentence == "Kuda: looks at 2.4, 16, 77, 300 s; 1 case, 1 night; 4 % not in the window.")
        (law.cases, law.institution) = (0, "")
        #expect(law.sentence == "Unknown bank: looks at 2.4, 16, 77, 300 s; nothing is learned of it yet.")
    }

    @Test func `a program reads whole numbers`() {
        #expect(
            Self.kuda.json.description.filter { !$0.isWhitespace }
                == #"{"institution":"Kuda","kind":"job","looks_ms":[2440,16200,77000,300000],"cases":212,"nights":6,"#
                + #""most_end_percent":95,"most_end_by_ms":31400,"late_per_mille":41,"told_per_mille":790}"#)
    }
}
