using LlmGateway.Core.Sensitivity.Detectors;

namespace LlmGateway.Core.Tests.Sensitivity;

public class PersonalDataDetectorTests
{
    [Theory]
    [InlineData("jane.doe@acme.com")]
    [InlineData("<Jane+news@mail.acme.co.uk>")]
    [InlineData("mailto:jörg@müller.de.")]
    [InlineData("a@b.museum")]
    public void AnEmailAddress_IsFound(string text) => Assert.Equal(["email"], Looking.Kinds(new EmailDetector(), text));

    [Theory]
    [InlineData("jane@example.com")]
    [InlineData("git@github.com:acme/x.git")]
    [InlineData("lodash@4.17.21")]
    [InlineData("icon@2x.png")]
    [InlineData("@Component @media (x)")]
    [InlineData("y = x@w.transpose(0, 1)")]
    [InlineData("jane@localhost")]
    [InlineData("a@b")]
    [InlineData("@.@..@a.")]
    public void OtherTextWithAnAt_IsNoEmailAddress(string text) => Assert.Empty(Looking.Kinds(new EmailDetector(), text));

    [Theory]
    [InlineData("+49 171 1234567")]
    [InlineData("+14155552671")]
    [InlineData("call +1 (415) 555-2671 now")]
    [InlineData("tel:+33-6-12-34-56-78")]
    [InlineData("(212) 555-0123")]
    [InlineData("212-555-0123")]
    [InlineData("1-800-555-0123")]
    [InlineData("212.555.0123")]
    [InlineData("Tel. 0171 1234567")]
    [InlineData("Telefon: 030-12345678")]
    [InlineData("030/12345678")]
    [InlineData("(030) 12345678")]
    [InlineData("06 12 34 56 78")]
    [InlineData("Phone 07911 123456")]
    [InlineData("+٤٩ ١٧١ ١٢٣٤٥٦٧")]
    public void APhoneNumber_IsFound(string text) => Assert.Equal(["phone_number"], Looking.Kinds(new PhoneDetector(), text));

    [Theory]
    [InlineData("2024-01-15 10:20:30")]
    [InlineData("2024-01-15T10:20:30.123+01:00")]
    [InlineData("01.02.2024 12:00 and 01/02/2024")]
    [InlineData("order 0123-456-789")]
    [InlineData("order 100-2345678-1234567")]
    [InlineData("ORD-212-555-0123")]
    [InlineData("#212-555-0123")]
    [InlineData("$1,234,567.89 and 1234567890")]
    [InlineData("version 10.0.12.1234 at 192.168.100.200")]
    [InlineData("300 400 5000")]
    [InlineData("3f2504e0-4f89-11d3-9a0c-0305e82c3301")]
    [InlineData("1700000000000 1700000000")]
    [InlineData("@@ -1234,7 +1234,9 @@")]
    [InlineData("0.123456789012")]
    [InlineData("0123456789")]
    [InlineData("0x0123456789")]
    public void DatesPricesAndOrderNumbers_AreNoPhoneNumbers(string text) => Assert.Empty(Looking.Kinds(new PhoneDetector(), text));

    [Theory]
    [InlineData("4111111111111111")]
    [InlineData("4111 1111 1111 1111")]
    [InlineData("4111-1111-1111-1111 12/27 123")]
    [InlineData("card:5555555555554444.")]
    [InlineData("378282246310005")]
    [InlineData("3782 822463 10005")]
    [InlineData("6011111111111117")]
    [InlineData("2223003122003222")]
    [InlineData("４１１１１１１１１１１１１１１１")]
    public void ACardNumber_IsFound(string text) => Assert.Equal(["card_number"], Looking.Kinds(new CardDetector(), text));

    [Theory]
    [InlineData("4111111111111112")]
    [InlineData("1234567812345670")]
    [InlineData("0.4111111111111111")]
    [InlineData("a4111111111111111f")]
    [InlineData("41111111111111111111111")]
    [InlineData("4111 1111-1111 1111")]
    [InlineData("1700000000000000")]
    [InlineData("0000000000000000 4444444444444444")]
    [InlineData("3f2504e0-4111-1111-1111-111111111111")]
    public void OtherDigits_AreNoCardNumber(string text) => Assert.Empty(Looking.Kinds(new CardDetector(), text));

    [Theory]
    [InlineData("DE89370400440532013000")]
    [InlineData("DE89 3704 0044 0532 0130 00")]
    [InlineData("gb29 nwbk 6016 1331 9268 19.")]
    [InlineData("IBAN:FR1420041010050500013M02606")]
    [InlineData("NO9386011117947")]
    [InlineData("x\nNL91-ABNA-0417-1643-00")]
    public void AnIban_IsFound(string text) => Assert.Equal(["iban"], Looking.Kinds(new IbanDetector(), text));

    [Theory]
    [InlineData("DE88370400440532013000")]
    [InlineData("DE8937040044053201300")]
    [InlineData("DE893704004405320130001")]
    [InlineData("XDE89370400440532013000")]
    [InlineData("ZZ89370400440532013000")]
    [InlineData("DE89--370400440532013000")]
    [InlineData("DE89")]
    public void OtherText_IsNoIban(string text) => Assert.Empty(Looking.Kinds(new IbanDetector(), text));

    [Theory]
    [InlineData("us_ssn", "123-45-6789", "123456789")]
    [InlineData("us_ssn", "001-01-0001", "666-45-6789")]
    [InlineData("us_ssn", "899-99-9999", "900-45-6789")]
    [InlineData("de_steuer_id", "65 929 970 489", "65929970488")]
    [InlineData("de_steuer_id", "86095742719", "12345678901")]
    [InlineData("uk_nino", "AB 12 34 56 C", "BG 12 34 56 C")]
    [InlineData("uk_nino", "ab123456c", "AB123456E")]
    [InlineData("fr_nir", "2 55 08 14 168 025 38", "255081416802539")]
    [InlineData("es_dni", "12345678Z", "12345678A")]
    [InlineData("es_dni", "X-1234567-L", "X1234567M")]
    [InlineData("it_codice_fiscale", "RSSMRA85T10A562S", "RSSMRA85T10A562T")]
    [InlineData("nl_bsn", "111222333", "111222334")]
    [InlineData("pl_pesel", "44051401359", "44051401358")]
    [InlineData("ch_ahv", "756.9217.0769.85", "756.9217.0769.86")]
    public void ANationalId_IsFoundByItsRules(string name, string good, string bad)
    {
        var detector = new NationalIdDetector([NationalIds.Find(name)!]);
        Assert.Equal([name], Looking.Kinds(detector, $"id: {good}, x"));
        Assert.Empty(Looking.Kinds(detector, bad));
        Assert.Empty(Looking.Kinds(detector, "1" + good));
        Assert.Empty(Looking.Kinds(new NationalIdDetector([]), good));
    }
}
