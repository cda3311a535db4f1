/// A number of hundredths as a decimal number, without decimals if it is whole: `113800`, `12.50`.
package func hundredthsText(_ number: Int64) -> String {
    let rest = number.magnitude % 100
    let decimals = rest == 0 ? "" : ".\(rest < 10 ? "0" : "")\(rest)"
    return "\(number < 0 ? "-" : "")\(number.magnitude / 100)\(decimals)"
}
